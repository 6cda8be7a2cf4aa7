"""Links that are missing across a border, and what each would save, exactly.

Candidates are pairs of nodes close in space and far on the network, as in the first step of
Vybornova, Cunha, Gühnemann and Szell (2023, Geographical Analysis 55:239) for cycle paths; here
they are ranked by travel time saved over all pairs of places.
"""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from toolkit.analysis.kernels.link_savings import add_link, link_savings
from toolkit.analysis.kernels.shortest_paths import shortest_times_many
from toolkit.errors import MissingDataError, NetworkError
from toolkit.networks.geodesy import distances_m, earth_centred
from toolkit.networks.spatial_network import SpatialNetwork

__all__ = ["best_links", "candidate_links", "savings"]

_MS_PER_MIN = 60_000.0


def candidate_links(
    network: SpatialNetwork,
    side: pd.Series,
    *,
    either: npt.ArrayLike = (),
    longest_km: float = 10.0,
    least_ratio: float = 2.0,
    speed_kmh: float = 60.0,
    winding: float = 1.2,
) -> gpd.GeoDataFrame:
    """Pairs of nodes on two sides of a border that are close in space and far on the network.

    Parameters
    ----------
    network : SpatialNetwork
    side : Series
        Index node, label of one of two sides, as `toolkit.analysis.borders.nodes_beside` gives it.
    either : array_like of int
        Nodes that count on both sides, such as those so near the border that its course decides.
    longest_km : float
        Longest straight distance between the ends.
    least_ratio : float
        A link must be so many times faster than the way there is.
    speed_kmh, winding : float
        How a new road would run: its speed, and its length over the straight line. The
        defaults stand for an ordinary main road.

    Returns
    -------
    GeoDataFrame
        Index ``link``; ``u``, ``v`` (of the first and the second side in alphabetical order, but
        for `either`), ``straight_km``, ``length_km``, ``link_min``, ``now_min`` (mean of there
        and back; infinite where there is no way), ``ratio``; straight line in EPSG:4326. Highest
        ratio first.

    Raises
    ------
    MissingDataError
        There are not two sides.

    References
    ----------
    A. Vybornova, T. Cunha, A. Gühnemann, M. Szell (2023). Automated detection of missing links in
    bicycle networks. Geographical Analysis 55:239.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> roads = schematic_roads()
    >>> side = pd.Series(np.where(roads.nodes["x"] < 116, "w", "e"), index=roads.nodes.index)
    >>> links = candidate_links(roads, side, longest_km=20)
    >>> bool((links["ratio"] >= 2).all()), bool((links["straight_km"] <= 20).all())
    (True, True)
    """
    first, second = _two_sides(side, either)
    nodes = network.nodes
    trees = [cKDTree(earth_centred(nodes.loc[s, "x"], nodes.loc[s, "y"])) for s in (first, second)]
    close = trees[0].sparse_distance_matrix(
        trees[1], longest_km * 1000.0 * 1.001, output_type="coo_matrix"
    )
    u, v = first.to_numpy()[close.row], second.to_numpy()[close.col]
    # of two nodes on both sides one order is enough
    both = np.isin(u, np.asarray(either)) & np.isin(v, np.asarray(either))
    u, v = u[(u != v) & ~(both & (u > v))], v[(u != v) & ~(both & (u > v))]
    place = nodes[["x", "y"]]
    from_xy, to_xy = place.loc[u].to_numpy(), place.loc[v].to_numpy()
    straight_km = distances_m(*from_xy.T, *to_xy.T) / 1000.0
    length_km = straight_km * winding
    link_min = length_km / speed_kmh * 60.0
    now_min = _minutes_between(network, u, v)
    table = gpd.GeoDataFrame(
        {
            "u": u,
            "v": v,
            "straight_km": straight_km,
            "length_km": length_km,
            "link_min": link_min,
            "now_min": now_min,
            "ratio": np.divide(
                now_min, link_min, out=np.full(len(u), np.inf), where=link_min > 0.0
            ),
        },
        geometry=shapely.linestrings(np.stack([from_xy, to_xy], axis=1)),
        crs=4326,
    )
    table = table[
        (straight_km <= longest_km) & (straight_km > 0.0) & (table["ratio"] >= least_ratio)
    ]
    order = table.sort_values(["ratio", "u", "v"], ascending=[False, True, True], ignore_index=True)
    return gpd.GeoDataFrame(order.rename_axis("link"))


def savings(
    network: SpatialNetwork,
    links: gpd.GeoDataFrame,
    *,
    mass: Mapping[int, float] | None = None,
    within_min: float = 120.0,
) -> gpd.GeoDataFrame:
    r"""What each link would save if it alone were built.

    .. math:: S = \sum_{s \ne t} M_s \frac{M_t}{\sum M} \, (c_{st} - c'_{st})

    with c the travel time now, c' that with the link, over the pairs with :math:`c'_{st} \le T`:
    the time saved if everybody made one journey to somebody drawn at random, as far as that is
    within reach.

    Parameters
    ----------
    network : SpatialNetwork
    links : GeoDataFrame
        ``u``, ``v``, ``link_min``, as `candidate_links` gives them; both ways.
    mass : mapping of int to float, optional
        M by node, such as residents: then S is in person-minutes. 1 for every node by default:
        node-minutes.
    within_min : float
        T.

    Returns
    -------
    GeoDataFrame
        `links` with ``saved_min`` (S), ``saved_min_per_km`` (over ``length_km``), ``joined`` (the
        mass of pairs that have no way now, by the same formula without the time); most saved first.

    Raises
    ------
    NetworkError
        A node is not there, or a mass is negative.

    Notes
    -----
    Exact, on integer milliseconds; times from all nodes with mass and all ends of links are held,
    4 bytes each: give `mass` to few nodes in networks of more than 10,000.

    References
    ----------
    A. Vybornova, T. Cunha, A. Gühnemann, M. Szell (2023). Automated detection of missing links in
    bicycle networks. Geographical Analysis 55:239.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> roads = schematic_roads()
    >>> side = pd.Series(np.where(roads.nodes["x"] < 116, "w", "e"), index=roads.nodes.index)
    >>> found = savings(roads, candidate_links(roads, side, longest_km=20))
    >>> bool((found["saved_min"] >= 0).all()), bool(found["saved_min"].is_monotonic_decreasing)
    (True, True)
    """
    return _alone(links, *_Times(network, links, mass, within_min).saved(links))


def best_links(
    network: SpatialNetwork,
    links: gpd.GeoDataFrame,
    *,
    count: int = 10,
    mass: Mapping[int, float] | None = None,
    within_min: float = 120.0,
) -> gpd.GeoDataFrame:
    """The links to build one after another, each the best given those before it.

    Links near each other save the same journeys, so the ten that save most alone are one road ten
    times. Here each counts only what the ones before have left.

    Parameters
    ----------
    network, links, mass, within_min
        As for `savings`.
    count : int
        How many.

    Returns
    -------
    GeoDataFrame
        Index ``rank`` from 1; the columns of `savings` (alone) and ``saved_in_turn_min``,
        ``joined_in_turn``. Fewer where no link saves anything more.

    Notes
    -----
    Greedy: the best set of ten together may be another. After each step the times are brought up
    to date exactly, without a search.

    References
    ----------
    A. Vybornova, T. Cunha, A. Gühnemann, M. Szell (2023). Automated detection of missing links in
    bicycle networks. Geographical Analysis 55:239.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> roads = schematic_roads()
    >>> side = pd.Series(np.where(roads.nodes["x"] < 116, "w", "e"), index=roads.nodes.index)
    >>> best = best_links(roads, candidate_links(roads, side, longest_km=20), count=3)
    >>> bool((best["saved_in_turn_min"] <= best["saved_min"] + 1e-6).all())
    True
    """
    times = _Times(network, links, mass, within_min)
    saved, joined = times.saved(links)
    alone = _alone(links, saved, joined)
    chosen: list[int] = []
    in_turn: list[tuple[float, float]] = []
    while len(chosen) < count:
        best = np.lexsort((saved, joined))[-1:]
        if not len(best) or saved[best[0]] + joined[best[0]] == 0.0:
            break
        chosen.append(links.index[best[0]])
        in_turn.append((saved[best[0]], joined[best[0]]))
        times.add(links.iloc[best[0]])
        saved, joined = times.saved(links)
    table = alone.loc[chosen].reset_index()
    table["saved_in_turn_min"] = [saved for saved, _ in in_turn]
    table["joined_in_turn"] = [joined for _, joined in in_turn]
    table.index = pd.RangeIndex(1, len(table) + 1, name="rank")
    return gpd.GeoDataFrame(table)


def _alone(
    links: gpd.GeoDataFrame, saved: npt.NDArray[np.float64], joined: npt.NDArray[np.float64]
) -> gpd.GeoDataFrame:
    """Links with what each saves alone, most saved first."""
    table = links.assign(
        saved_min=saved, saved_min_per_km=saved / links["length_km"], joined=joined
    )
    return table.sort_values(["joined", "saved_min"], ascending=False, kind="stable")


class _Times:
    """Shortest times from the nodes that matter, brought up to date link by link."""

    def __init__(
        self,
        network: SpatialNetwork,
        links: gpd.GeoDataFrame,
        mass: Mapping[int, float] | None,
        within_min: float,
    ) -> None:
        graph = network.csr
        self._network = network
        self._cutoff_ms = int(np.rint(within_min * _MS_PER_MIN))
        self._mass = np.ones(len(graph.node_ids))
        if mass is not None:
            given = pd.Series(mass, dtype=np.float64)
            self._mass[:] = 0.0
            np.add.at(self._mass, graph.positions(given.index), given.to_numpy())
        if not (self._mass >= 0.0).all() or not self._mass.sum() > 0.0:
            raise NetworkError("masses are negative or all 0", remedy="give residents by node")
        ends = [graph.positions(links[end]) for end in ("u", "v")] if len(links) else []
        rows = np.unique(np.concatenate([np.flatnonzero(self._mass), *ends]))
        self._row_of = np.full(len(graph.node_ids), -1, dtype=np.int64)
        self._row_of[rows] = np.arange(len(rows))
        self._time_ms = shortest_times_many(graph.indptr, graph.indices, graph.weight_ms, rows)

    def saved(
        self, links: gpd.GeoDataFrame
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Minutes saved and mass joined by each link alone."""
        if not len(links):
            return np.zeros(0), np.zeros(0)
        saved_ms, joined = link_savings(
            self._time_ms,
            self._row_of,
            self._mass,
            self._mass / self._mass.sum(),
            self._arrays(links),
            self._cutoff_ms,
        )
        return saved_ms / _MS_PER_MIN, joined

    def add(self, link: pd.Series) -> None:
        """Build a link."""
        u, v, link_ms = (int(part[0]) for part in self._arrays(link.to_frame().T))
        add_link(self._time_ms, self._row_of, u, v, link_ms)

    def _arrays(
        self, links: pd.DataFrame
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Ends as rows of the nodes, and milliseconds."""
        graph = self._network.csr
        u, v = (graph.positions(links[end]).astype(np.int64) for end in ("u", "v"))
        link_ms = np.rint(links["link_min"].to_numpy(np.float64) * _MS_PER_MIN)
        return u, v, np.maximum(link_ms, 1.0).astype(np.int64)


def _two_sides(side: pd.Series, either: npt.ArrayLike) -> tuple[pd.Index, pd.Index]:
    """Nodes of the two sides in alphabetical order of their labels."""
    labels = sorted(side.unique())
    if len(labels) != 2:
        raise MissingDataError(
            f"{len(labels)} sides of the border have nodes: {', '.join(map(str, labels))}",
            remedy="take a wider strip, or a border between two areas with roads",
        )
    both = side.index.isin(np.asarray(either))
    first, second = (side.index[(side == label) | both] for label in labels)
    return first, second


def _minutes_between(
    network: SpatialNetwork, u: npt.NDArray[np.int64], v: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Minutes between pairs of nodes, mean of there and back."""
    graph = network.csr
    ends, place = np.unique(np.concatenate([u, v]), return_inverse=True)
    rows = graph.positions(ends) if len(ends) else np.empty(0, dtype=np.int32)
    time_ms = shortest_times_many(graph.indptr, graph.indices, graph.weight_ms, rows)[:, rows]
    minutes = np.where(time_ms < 0, np.inf, time_ms / _MS_PER_MIN)
    one, other = place[: len(u)], place[len(u) :]
    return np.asarray((minutes[one, other] + minutes[other, one]) / 2.0)
