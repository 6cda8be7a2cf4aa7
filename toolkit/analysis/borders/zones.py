"""Cooperation zones: whether their members lie side by side, and across which borders."""

from collections.abc import Mapping, Sequence

import networkx as nx
import pandas as pd

from toolkit.errors import MissingDataError

__all__ = ["zone_adjacency"]


def zone_adjacency(
    borders: pd.DataFrame,
    zones: Mapping[str, Sequence[str]],
    groups: Mapping[str, str],
    *,
    shortest_km: float = 1.0,
) -> pd.DataFrame:
    """Whether zones hang together, and how their members border on each other.

    Parameters
    ----------
    borders : DataFrame
        ``a``, ``b``, ``length_km``, as `toolkit.analysis.borders.shared_borders` gives them.
    zones : mapping of str to sequence of str
        Members of each zone, by the labels of the borders.
    groups : mapping of str to str
        Province, or other unit, of each member.
    shortest_km : float
        Shorter borders count as none: units that meet in a corner are no neighbours.

    Returns
    -------
    DataFrame
        Index ``zone``: ``members``, ``parts`` (1 where all hang together), ``groups`` (provinces),
        ``pairs`` (neighbouring members), ``pairs_across`` and ``km_across`` (between provinces),
        ``provinces_joined`` (whether there is a way from each province to each other over such
        borders), ``pivotal`` (members without which the rest would fall apart, joined by
        blanks), ``alone`` (members that border on no other).

    Raises
    ------
    MissingDataError
        A zone has no members, or a member no group.

    References
    ----------
    J. Hopcroft, R. Tarjan (1973). Algorithm 447: efficient algorithms for graph manipulation.
    Communications of the ACM 16:372.

    Examples
    --------
    >>> borders = pd.DataFrame({"a": ["x", "y"], "b": ["y", "z"], "length_km": [20.0, 9.0]})
    >>> table = zone_adjacency(borders, {"zone": ["x", "y", "z"]}, {"x": "1", "y": "1", "z": "2"})
    >>> table[["parts", "pairs_across", "km_across"]].values.tolist(), table.loc["zone", "pivotal"]
    ([[1.0, 1.0, 9.0]], 'y')
    """
    rows = {}
    for name, members in zones.items():
        unknown = [member for member in members if member not in groups]
        if unknown or not len(members):
            raise MissingDataError(
                f"zone {name}: no group for {', '.join(unknown) or 'its no members'}",
                remedy="name members by the labels of the borders, each with its group",
            )
        graph = nx.Graph()
        graph.add_nodes_from(members)
        inner = borders[
            borders["a"].isin(members)
            & borders["b"].isin(members)
            & (borders["length_km"] >= shortest_km)
        ]
        graph.add_edges_from(zip(inner["a"], inner["b"], strict=True))
        across = inner[inner["a"].map(groups) != inner["b"].map(groups)]
        provinces = nx.Graph()
        provinces.add_nodes_from(groups[member] for member in members)
        provinces.add_edges_from(zip(across["a"].map(groups), across["b"].map(groups), strict=True))
        rows[name] = {
            "members": len(graph),
            "parts": nx.number_connected_components(graph),
            "groups": len(provinces),
            "pairs": len(inner),
            "pairs_across": len(across),
            "km_across": float(across["length_km"].sum()),
            "provinces_joined": nx.is_connected(provinces),
            "pivotal": " ".join(sorted(nx.articulation_points(graph))),
            "alone": " ".join(sorted(nx.isolates(graph))),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("zone")
