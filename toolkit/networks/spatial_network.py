"""The network every step works on: directed edges with lengths, times and geometry."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import geopandas as gpd
import igraph
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from toolkit.display import html_card, web_map
from toolkit.errors import NetworkError
from toolkit.networks import conversion, schema
from toolkit.networks.compressed_graph import CompressedGraph, compressed_rows
from toolkit.networks.geodesy import distances_m, earth_centred

__all__ = ["CompressedGraph", "SpatialNetwork"]


@dataclass(frozen=True, eq=False)
class SpatialNetwork:
    """A directed road or rail network in EPSG:4326.

    Build one with `from_geodataframes` or `from_networkx`, which check it; the constructor
    itself trusts its caller. No method changes a network: each returns a new one.

    Attributes
    ----------
    nodes : geopandas.GeoDataFrame
        Index `node` (int64); `x`, `y` (longitude, latitude), `geometry` (Point, EPSG:4326).
    edges : geopandas.GeoDataFrame
        Index (`u`, `v`, `key`); one row a direction, so a two-way road is two rows. Columns
        `geometry` (LineString from u to v), `length_m`, `time_s`, `highway` or `railway`, `name`,
        `ref`, `maxspeed_kmh`, `lanes`, `oneway`, `bridge`, `tunnel`, `source`, and any others.
    name, source, data_date : str
        What the network is called, where its data come from, and their date (ISO).
    schematic : bool
        True if geometry is schematic, so that every result must say so.

    Examples
    --------
    >>> nodes = gpd.GeoDataFrame(
    ...     index=[1, 2], geometry=gpd.points_from_xy([116.0, 116.0], [40.0, 40.1], crs=4326)
    ... )
    >>> edges = pd.DataFrame({"u": [1, 2], "v": [2, 1], "time_s": [600.0, 660.0]})
    >>> network = SpatialNetwork.from_geodataframes(nodes, edges, name="two towns")
    >>> network
    SpatialNetwork('two towns', 2 nodes, 2 edges, 22.2 km)
    >>> network.csr.weight_ms.tolist()
    [600000, 660000]
    """

    nodes: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame
    name: str = ""
    source: str = ""
    data_date: str = ""
    schematic: bool = False

    @classmethod
    def from_geodataframes(
        cls,
        nodes: gpd.GeoDataFrame,
        edges: pd.DataFrame,
        *,
        name: str = "",
        source: str = "",
        data_date: str = "",
        schematic: bool = False,
    ) -> Self:
        """Check two tables and make a network of them.

        Parameters
        ----------
        nodes : geopandas.GeoDataFrame
            Points in any stated CRS, indexed by integer node ids.
        edges : geopandas.GeoDataFrame or pandas.DataFrame
            Index or columns `u`, `v` and, where there are parallel edges, `key`; at least
            `time_s`. Lines are drawn straight where there is no geometry, and `length_m` is
            measured on the ellipsoid where the column is absent.
        name, source, data_date, schematic
            As the attributes of the class.

        Returns
        -------
        SpatialNetwork
            The network, reprojected to EPSG:4326; the inputs are left as they were.

        Raises
        ------
        NetworkError
            If a CRS or column is missing, an id is repeated or unknown, a geometry is not of the
            right kind, or a length or time is not a positive number.
        """
        points = schema.checked_nodes(nodes)
        lines = schema.checked_edges(edges, points)
        return cls(points, lines, name, source, data_date, schematic)

    @classmethod
    def from_networkx(
        cls,
        graph: nx.Graph,
        *,
        crs: CRS | str | int | None = None,
        speed_kmh: float | None = None,
        name: str | None = None,
        source: str | None = None,
        data_date: str | None = None,
        schematic: bool | None = None,
    ) -> Self:
        """Take over a networkx graph, such as osmnx makes.

        Parameters
        ----------
        graph : networkx.Graph, DiGraph, MultiGraph or MultiDiGraph
            Nodes with `x` and `y`. An undirected edge becomes two. Nodes that are not integers
            are numbered and keep their own name in the column `label`.
        crs : any, optional
            CRS of `x`, `y` and of edge geometries, if `graph.graph["crs"]` does not say.
        speed_kmh : float, optional
            Speed for edges without `travel_time` or `time_s`; by default the speed table's, by
            `highway` and `maxspeed`.
        name, source, data_date, schematic
            As the attributes of the class; by default what the graph says of itself.

        Returns
        -------
        SpatialNetwork
            A network with the columns of the class; osmnx's `length` is its `length_m`,
            `travel_time` its `time_s`, `maxspeed` its `maxspeed_kmh`.

        Raises
        ------
        NetworkError
            If the graph has no CRS, a node no position, or an edge nothing to take its time from.

        Examples
        --------
        >>> graph = nx.Graph(crs="EPSG:4326")
        >>> graph.add_node("a", x=116.0, y=40.0)
        >>> graph.add_node("b", x=116.1, y=40.0)
        >>> graph.add_edge("a", "b", highway="motorway")
        >>> SpatialNetwork.from_networkx(graph).edges["time_s"].round(1).to_dict()
        {(0, 1, 0): 307.4, (1, 0, 0): 307.4}
        """
        nodes, edges, about = conversion.frames_from_networkx(graph, crs=crs, speed_kmh=speed_kmh)
        stated = {"name": name, "source": source, "data_date": data_date, "schematic": schematic}
        about |= {key: value for key, value in stated.items() if value is not None}
        return cls.from_geodataframes(nodes, edges, **about)

    def to_networkx(self) -> nx.MultiDiGraph:
        """Hand over to networkx by the conventions of osmnx 2.

        Returns
        -------
        networkx.MultiDiGraph
            Accepted by osmnx. Edge attributes carry osmnx's names (`length`, `travel_time`,
            `speed_kph`, `maxspeed`) and missing values are left out. `from_networkx` restores
            everything; only the edges come back grouped by their tail.
        """
        return conversion.frames_to_networkx(
            self.nodes,
            self.edges,
            name=self.name,
            source=self.source,
            data_date=self.data_date,
            schematic=self.schematic,
        )

    def to_igraph(self) -> igraph.Graph:
        """Hand over to igraph.

        Returns
        -------
        igraph.Graph
            Directed; vertices in the order of `nodes` with `node`, `x`, `y`, edges in the order
            of `edges` with every column but the geometry.
        """
        return conversion.frames_to_igraph(self.nodes, self.edges)

    @cached_property
    def csr(self) -> CompressedGraph:
        """Compressed rows weighted by `time_s`, in integer milliseconds."""
        return self._compress("time_s")

    def compressed(self, weight: str = "time_s") -> CompressedGraph:
        """Compressed rows by any positive column.

        Parameters
        ----------
        weight : str
            Column of `edges`; weights are integers in thousandths of its unit, at least 1.

        Returns
        -------
        CompressedGraph
            Arcs sorted by tail and, for one tail, in the order of `edges`.

        Raises
        ------
        NetworkError
            If there is no such column or a value is not positive or too large for 32 bits.
        """
        return self.csr if weight == "time_s" else self._compress(weight)

    def _compress(self, weight: str) -> CompressedGraph:
        """Compressed rows by one column."""
        return compressed_rows(self.nodes.index, self.edges, weight, *self._end_positions())

    def _end_positions(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Rows in `nodes` of the tail and head of every edge."""
        u, v = (self.edges.index.get_level_values(level) for level in ("u", "v"))
        return self.nodes.index.get_indexer(u), self.nodes.index.get_indexer(v)

    def largest_component(self, *, strong: bool = True) -> Self:
        """Keep the component with most nodes.

        Parameters
        ----------
        strong : bool
            Whether every node must reach every other along the directions; otherwise directions
            are ignored. Of components of one size the one met first in `nodes` is kept.

        Returns
        -------
        SpatialNetwork
            The component.
        """
        if self.nodes.empty:
            return self
        tails, heads = self._end_positions()
        shape = (len(self.nodes), len(self.nodes))
        matrix = csr_matrix((np.ones(len(tails), dtype=np.int8), (tails, heads)), shape=shape)
        _, component = connected_components(matrix, connection="strong" if strong else "weak")
        labels, first, size = np.unique(component, return_index=True, return_counts=True)
        best = labels[np.lexsort((first, -size))[0]]
        return self.subgraph(component == best)

    def reverse(self) -> Self:
        """Turn every edge round.

        Returns
        -------
        SpatialNetwork
            Same nodes; an edge (u, v, key) is now (v, u, key), its line drawn from v to u.
        """
        edges = self.edges.copy()
        edges.index = edges.index.set_names(["v", "u", "key"]).swaplevel("u", "v")
        edges["geometry"] = shapely.reverse(edges.geometry.to_numpy())
        return replace(self, edges=edges)

    def subgraph(self, keep: npt.ArrayLike) -> Self:
        """Keep some nodes and the edges between them.

        Parameters
        ----------
        keep : array_like of bool
            One value a node, in the order of `nodes`.

        Returns
        -------
        SpatialNetwork
            The part of the network, in the same order.
        """
        kept = np.asarray(keep, dtype=bool)
        tails, heads = self._end_positions()
        return replace(self, nodes=self.nodes[kept], edges=self.edges[kept[tails] & kept[heads]])

    def clip(self, area: shapely.Geometry) -> Self:
        """Keep the nodes inside an area (EPSG:4326) and the edges between them.

        Parameters
        ----------
        area : shapely.Geometry
            Polygon or MultiPolygon; nodes on its border are inside.

        Returns
        -------
        SpatialNetwork
            The part of the network. Edges that leave the area are dropped whole, not cut.
        """
        shapely.prepare(area)
        return self.subgraph(shapely.intersects(area, self.nodes.geometry.to_numpy()))

    def with_times(self, time_s: npt.ArrayLike) -> Self:
        """Replace the travel times, for another speed scenario.

        Parameters
        ----------
        time_s : array_like
            Seconds, one value an edge, in the order of `edges`.

        Returns
        -------
        SpatialNetwork
            The same network with other times.

        Raises
        ------
        NetworkError
            If a time is not a positive number.
        """
        edges = self.edges.assign(time_s=np.asarray(time_s, dtype=np.float64))
        schema.check_positive(edges, "time_s")
        return replace(self, edges=edges)

    def snap(
        self, points: gpd.GeoSeries | npt.ArrayLike
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Find the node nearest to each point.

        Parameters
        ----------
        points : geopandas.GeoSeries or array_like of shape (n, 2)
            Points in any stated CRS, or longitudes and latitudes.

        Returns
        -------
        node_ids : numpy.ndarray of int64, shape (n,)
            Nearest nodes.
        distance_m : numpy.ndarray, shape (n,)
            Distance to them on the ellipsoid.

        Raises
        ------
        NetworkError
            If the network has no nodes, or a point no position or CRS.

        Examples
        --------
        >>> nodes = gpd.GeoDataFrame(
        ...     index=[7, 8], geometry=gpd.points_from_xy([116.0, 117.0], [40.0, 40.0], crs=4326)
        ... )
        >>> edges = pd.DataFrame({"u": [7], "v": [8], "time_s": [3600.0]})
        >>> ids, metres = SpatialNetwork.from_geodataframes(nodes, edges).snap([[116.01, 40.0]])
        >>> int(ids[0]), round(float(metres[0]))
        (7, 854)
        """
        lonlat = schema.lonlat(points)
        if self.nodes.empty:
            raise NetworkError("the network has no nodes to snap to")
        _, nearest = self._tree.query(earth_centred(lonlat[:, 0], lonlat[:, 1]))
        x, y = (self.nodes[axis].to_numpy()[nearest] for axis in ("x", "y"))
        node_ids = self.nodes.index.to_numpy(np.int64)[nearest]
        return node_ids, distances_m(lonlat[:, 0], lonlat[:, 1], x, y)

    @cached_property
    def _tree(self) -> cKDTree:
        """Tree of the nodes for `snap`."""
        return cKDTree(earth_centred(self.nodes["x"], self.nodes["y"]))

    def __repr__(self) -> str:
        kind = ", schematic" if self.schematic else ""
        return (
            f"SpatialNetwork({self.name!r}, {len(self.nodes):,} nodes, {len(self.edges):,} edges, "
            f"{self.edges['length_m'].sum() / 1000:,.1f} km{kind})"
        )

    def _repr_html_(self) -> str:
        facts = {
            "nodes": f"{len(self.nodes):,}",
            "edges (one a direction)": f"{len(self.edges):,}",
            "length": f"{self.edges['length_m'].sum() / 1000:,.1f} km",
            "source": self.source or "not stated",
            "data date": self.data_date or "not stated",
            "geometry": "schematic" if self.schematic else "as given",
        }
        return html_card(self.name or "SpatialNetwork", facts)

    def plot(self, **options: Any) -> Any:  # noqa: ANN401 (as GeoDataFrame.plot)
        """Draw the edges; options as for ``GeoDataFrame.plot``."""
        return self.edges.plot(**{"color": "#5c5c5c", "linewidth": 0.5, **options})

    def explore(self, **options: Any) -> Any:  # noqa: ANN401 (as GeoDataFrame.explore)
        """Show the edges on a map; options as for ``GeoDataFrame.explore``."""
        return web_map(self.edges, **options)
