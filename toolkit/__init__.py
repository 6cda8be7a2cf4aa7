"""How far a city really reaches: 1-hour circles, centrality and polycentricity of city clusters.

The public names below are loaded when first used, so that importing the package is quick.

Examples
--------
>>> import toolkit
>>> toolkit.load_cluster("京津冀").slug
'jing-jin-ji'
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOMES = {
    "Centrality": "toolkit.analysis.centrality",
    "Cluster": "toolkit.clusters",
    "DEFAULTS": "toolkit.settings",
    "Definition": "toolkit.analysis.definitions",
    "Progress": "toolkit.progress",
    "Reach": "toolkit.city_reach",
    "RunResult": "toolkit.pipeline",
    "ServiceView": "toolkit.analysis.rail",
    "Settings": "toolkit.settings",
    "SpatialNetwork": "toolkit.networks.spatial_network",
    "Timetable": "toolkit.networks.timetable",
    "ToolkitError": "toolkit.errors",
    "Verdict": "toolkit.claims",
    "analyse": "toolkit.analysis.findings",
    "centrality": "toolkit.analysis.centrality",
    "check_claims": "toolkit.pipeline",
    "city_stations": "toolkit.analysis.stations",
    "core_reach": "toolkit.analysis.circles",
    "efficiency": "toolkit.analysis.efficiency",
    "information_centrality": "toolkit.analysis.information",
    "list_clusters": "toolkit.clusters",
    "load_claims": "toolkit.claims",
    "load_cluster": "toolkit.clusters",
    "load_definitions": "toolkit.analysis.definitions",
    "population_within": "toolkit.analysis.population",
    "prepare": "toolkit.analysis.centrality",
    "isochrones": "toolkit.analysis.network_isochrones",
    "reach": "toolkit.city_reach",
    "read_inputs": "toolkit.networks.inputs",
    "read_osm_roads": "toolkit.networks.osm",
    "run": "toolkit.pipeline",
    "scenario": "toolkit.what_if",
    "schematic_roads": "toolkit.networks.roads",
    "travel_times": "toolkit.analysis.reach",
    "verdict_text": "toolkit.claims",
}

if TYPE_CHECKING:
    from toolkit.analysis.centrality import Centrality, centrality, prepare
    from toolkit.analysis.circles import core_reach
    from toolkit.analysis.definitions import Definition, load_definitions
    from toolkit.analysis.efficiency import efficiency
    from toolkit.analysis.findings import analyse
    from toolkit.analysis.information import information_centrality
    from toolkit.analysis.network_isochrones import isochrones
    from toolkit.analysis.population import population_within
    from toolkit.analysis.rail import ServiceView
    from toolkit.analysis.reach import travel_times
    from toolkit.analysis.stations import city_stations
    from toolkit.city_reach import Reach, reach
    from toolkit.claims import Verdict, load_claims, verdict_text
    from toolkit.clusters import Cluster, list_clusters, load_cluster
    from toolkit.errors import ToolkitError
    from toolkit.networks.inputs import read_inputs
    from toolkit.networks.osm import read_osm_roads
    from toolkit.networks.roads import schematic_roads
    from toolkit.networks.spatial_network import SpatialNetwork
    from toolkit.networks.timetable import Timetable
    from toolkit.pipeline import RunResult, check_claims, run
    from toolkit.progress import Progress
    from toolkit.settings import DEFAULTS, Settings
    from toolkit.what_if import scenario

__all__ = [
    "DEFAULTS",
    "Centrality",
    "Cluster",
    "Definition",
    "Progress",
    "Reach",
    "RunResult",
    "ServiceView",
    "Settings",
    "SpatialNetwork",
    "Timetable",
    "ToolkitError",
    "Verdict",
    "__version__",
    "analyse",
    "centrality",
    "check_claims",
    "city_stations",
    "core_reach",
    "efficiency",
    "information_centrality",
    "isochrones",
    "list_clusters",
    "load_claims",
    "load_cluster",
    "load_definitions",
    "population_within",
    "prepare",
    "reach",
    "read_inputs",
    "read_osm_roads",
    "run",
    "scenario",
    "schematic_roads",
    "travel_times",
    "verdict_text",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'toolkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Public names, loaded or not."""
    return sorted(__all__)
