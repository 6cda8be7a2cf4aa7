"""How links are spread over cities and pairs, inside a cluster and towards the outside.

General functional polycentricity (Green 2007), dominance, relative strength and symmetry
(Limtanakool, Dijst, Schwanen 2007), internal and external centrality (Burger, Meijers 2012).
"""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from toolkit.analysis.polycentricity import (
    centralities,
    dominance,
    general_functional_polycentricity,
    link_symmetry,
    mean_rank_size_slope,
    node_symmetry,
    rank_size_slope,
    relative_strength,
    strengths,
)

__all__ = [
    "centrality_slopes",
    "city_centralities",
    "city_interaction",
    "general_index",
    "pair_interaction",
]

_TOP = 4


def general_index(date: str, networks: Mapping[str, pd.DataFrame]) -> dict[str, object]:
    """General functional polycentricity over the networks of one timetable.

    Parameters
    ----------
    date : str
        Of the timetable.
    networks : mapping of str to DataFrame
        Square tables of links.

    Returns
    -------
    dict
        ``timetable_date``, ``p_gf``, ``functions`` (their number), ``networks`` (their names),
        ``places``, ``unit``.

    References
    ----------
    N. Green (2007). Functional polycentricity: a formal definition in terms of social network
    analysis. Urban Studies 44:2077.

    Examples
    --------
    >>> even = pd.DataFrame(1.0 - np.eye(3))
    >>> general_index("2023", {"trains": even, "gravity": even * 0})["p_gf"]
    0.5
    """
    return {
        "timetable_date": date,
        "p_gf": general_functional_polycentricity(networks),
        "functions": len(networks),
        "networks": ", ".join(networks),
        "places": len(next(iter(networks.values()))),
        "unit": "mean of P_SF, 0 to 1",
    }


def city_interaction(cities: gpd.GeoDataFrame, links: pd.DataFrame, **facts: str) -> pd.DataFrame:
    """Strength, dominance and symmetry of each city in one network.

    Parameters
    ----------
    cities : GeoDataFrame
        Index adcode; ``name_zh``, ``name_en``.
    links : DataFrame
        Square; some link is above 0.
    **facts
        Further columns, the same in each row, such as the network, its unit and timetable.

    Returns
    -------
    DataFrame
        ``adcode``, names, `facts`, ``strength`` (links in and out), ``dominance`` (strength over
        the mean of all), ``node_symmetry`` ((in - out) / (in + out)), ``places``.

    References
    ----------
    N. Limtanakool, M. Dijst, T. Schwanen (2007). A theoretical framework and methodology for
    characterising national urban systems on the basis of flows of people. Urban Studies 44:2123.

    Examples
    --------
    >>> cities = pd.DataFrame({"name_zh": ["甲", "乙"], "name_en": ["A", "B"]}, index=["a", "b"])
    >>> links = pd.DataFrame([[0, 3], [1, 0]], index=["a", "b"], columns=["a", "b"])
    >>> city_interaction(cities, links)["node_symmetry"].tolist()
    [-0.5, 0.5]
    """
    return _named(cities, links.index).assign(
        **facts,
        strength=strengths(links).to_numpy(),
        dominance=dominance(links).to_numpy(),
        node_symmetry=node_symmetry(links).to_numpy(),
        places=len(links),
    )


def pair_interaction(cities: gpd.GeoDataFrame, links: pd.DataFrame, **facts: str) -> pd.DataFrame:
    """Relative strength and symmetry of each link of one network.

    Parameters
    ----------
    cities, links, **facts
        As for `city_interaction`.

    Returns
    -------
    DataFrame
        One row an ordered pair that is linked in either direction: ``from_adcode``, ``to_adcode``,
        names, `facts`, ``links``, ``relative_strength`` (share of all links), ``link_symmetry``
        ((there - back) / (there + back)), the strongest first.

    References
    ----------
    N. Limtanakool, M. Dijst, T. Schwanen (2007). A theoretical framework and methodology for
    characterising national urban systems on the basis of flows of people. Urban Studies 44:2123.

    Examples
    --------
    >>> cities = pd.DataFrame({"name_zh": ["甲", "乙"], "name_en": ["A", "B"]}, index=["a", "b"])
    >>> links = pd.DataFrame([[0, 3], [1, 0]], index=["a", "b"], columns=["a", "b"])
    >>> table = pair_interaction(cities, links)
    >>> table[["from_en", "relative_strength", "link_symmetry"]].to_numpy().tolist()
    [['A', 0.75, 0.5], ['B', 0.25, -0.5]]
    """
    values = links.to_numpy(np.float64)
    linked = (values + values.T) > 0.0
    np.fill_diagonal(linked, False)
    tail, head = np.nonzero(linked)
    ends = [links.index[tail], links.index[head]]
    start, end = (cities.loc[codes, ["name_zh", "name_en"]] for codes in ends)
    table = pd.DataFrame(
        {
            "from_adcode": ends[0],
            "from_zh": start["name_zh"].to_numpy(),
            "from_en": start["name_en"].to_numpy(),
            "to_adcode": ends[1],
            "to_zh": end["name_zh"].to_numpy(),
            "to_en": end["name_en"].to_numpy(),
            **facts,
            "links": values[tail, head],
            "relative_strength": relative_strength(links).to_numpy()[tail, head],
            "link_symmetry": link_symmetry(links).to_numpy()[tail, head],
        }
    )
    return table.sort_values("links", ascending=False, kind="stable", ignore_index=True)


def city_centralities(
    cities: gpd.GeoDataFrame, links: pd.DataFrame, members: Sequence[str], **facts: str
) -> pd.DataFrame:
    """Links of each member inside the cluster and to places outside.

    Parameters
    ----------
    cities : GeoDataFrame
        Index adcode; ``name_zh``, ``name_en``, ``residents``.
    links : DataFrame
        Square; members and places outside.
    members : sequence of str
    **facts
        As for `city_interaction`.

    Returns
    -------
    DataFrame
        ``adcode``, names, `facts`, ``residents``, ``internal``, ``external``, ``total``,
        ``external_share``, ``places`` (members), the largest total first.

    References
    ----------
    M. Burger, E. Meijers (2012). Form follows function? Linking morphological and functional
    polycentricity. Urban Studies 49:1127.

    Examples
    --------
    >>> cities = pd.DataFrame({"name_zh": ["甲", "乙"], "name_en": ["A", "B"],
    ...                        "residents": [5, 3]}, index=["a", "b"])
    >>> links = pd.DataFrame([[0, 2, 5], [2, 0, 0], [5, 0, 0]], index=list("abx"),
    ...                      columns=list("abx"))
    >>> city_centralities(cities, links, ["a", "b"])[["internal", "external"]].to_numpy().tolist()
    [[4.0, 10.0], [4.0, 0.0]]
    """
    found = centralities(links, members)
    table = _named(cities, found.index).assign(
        **facts, residents=cities.loc[found.index, "residents"].astype(float).to_numpy()
    )
    whole = table.assign(**{str(name): found[name].to_numpy() for name in found}, places=len(found))
    return whole.sort_values("total", ascending=False, kind="stable", ignore_index=True)


def centrality_slopes(table: pd.DataFrame, *, unit: str) -> pd.DataFrame:
    """Rank-size slopes of residents and of centralities: morphology against function.

    The flatter of two slopes is the more polycentric; a slope of the centralities flatter than
    that of the residents means that function is more polycentric than form (Burger, Meijers 2012).

    Parameters
    ----------
    table : DataFrame
        As `city_centralities` returns it.
    unit : str
        Of the links.

    Returns
    -------
    DataFrame
        One row a measure (``residents``, ``internal``, ``external``, ``total``): ``measure``,
        ``rank_size_slope`` (all places), ``slope_top_2_to_4`` (mean over the largest 2, 3, 4),
        ``places`` (those above 0), ``unit``; missing slopes where there are too few.

    References
    ----------
    M. Burger, E. Meijers (2012). Form follows function? Linking morphological and functional
    polycentricity. Urban Studies 49:1127.

    Examples
    --------
    >>> table = pd.DataFrame({name: [60.0, 30.0, 20.0, 15.0]
    ...                       for name in ("residents", "internal", "external", "total")})
    >>> centrality_slopes(table, unit="trains a day")["rank_size_slope"].round(6).tolist()
    [-1.0, -1.0, -1.0, -1.0]
    """
    rows = []
    for measure in ("residents", "internal", "external", "total"):
        sizes = table.loc[table[measure] > 0, measure].to_numpy(np.float64)
        count = len(sizes)
        rows.append(
            {
                "measure": measure,
                "rank_size_slope": rank_size_slope(sizes) if count > 1 else np.nan,
                "slope_top_2_to_4": mean_rank_size_slope(sizes) if count >= _TOP else np.nan,
                "places": count,
                "unit": "residents" if measure == "residents" else unit,
            }
        )
    return pd.DataFrame(rows)


def _named(cities: gpd.GeoDataFrame, codes: pd.Index) -> pd.DataFrame:
    """Code and names of cities, one row each."""
    names = cities.loc[codes]
    return pd.DataFrame(
        {
            "adcode": codes,
            "name_zh": names["name_zh"].to_numpy(),
            "name_en": names["name_en"].to_numpy(),
        }
    )
