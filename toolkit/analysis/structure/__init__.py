"""The structure of a cluster beyond its one-hour circles: one step of a run, part by part.

Each part is a frozen record computed by one function of this package from the inputs of the run,
or None where its data are missing. To add one: write its module, a field of `Structure`, and a
line in `analyse_structure`; `toolkit.publish.structure` says how it is published.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd

from toolkit.analysis.centrality import Centrality
from toolkit.analysis.rail import ServiceView
from toolkit.analysis.structure.borders import MemberBorders, member_borders
from toolkit.analysis.structure.bottlenecks import Bottlenecks, bottlenecks
from toolkit.analysis.structure.corridors import corridors_of
from toolkit.analysis.structure.links import LinkStructure, PlanAgreement, link_structure
from toolkit.analysis.structure.places import PlaceAccess, place_access
from toolkit.analysis.structure.rail_losses import RailLosses, rail_losses, service_network
from toolkit.analysis.structure.scenarios import (
    ScenarioFound,
    example_scenarios,
    rail_line_effects,
    road_link_effects,
)
from toolkit.networks.inputs import Inputs
from toolkit.progress import Progress
from toolkit.settings import DEFAULTS, Settings

__all__ = [
    "NOTHING",
    "Bottlenecks",
    "LinkStructure",
    "MemberBorders",
    "PlaceAccess",
    "PlanAgreement",
    "RailLosses",
    "ScenarioFound",
    "Structure",
    "analyse_structure",
    "bottlenecks",
    "corridors_of",
    "example_scenarios",
    "link_structure",
    "member_borders",
    "place_access",
    "rail_line_effects",
    "rail_losses",
    "road_link_effects",
    "service_network",
]


@dataclass(frozen=True, eq=False)
class Structure:
    """What was found, None where it could not be computed.

    Attributes
    ----------
    access : PlaceAccess or None
        Accessibility of cities and stations.
    links : LinkStructure or None
        Sizes and links: one centre or many.
    corridors : GeoDataFrame or None
        Axes on record and placebo axes.
    scenarios : tuple of ScenarioFound
        Built-in new lines that concern the cluster.
    borders : MemberBorders or None
        Borders between members.
    bottlenecks : Bottlenecks or None
        Roads that cannot be spared.
    rail_losses : RailLosses or None
        Stations and direct trains that cannot be spared, on the newest timetable.
    """

    access: PlaceAccess | None = None
    links: LinkStructure | None = None
    corridors: gpd.GeoDataFrame | None = None
    scenarios: tuple[ScenarioFound, ...] = ()
    borders: MemberBorders | None = None
    bottlenecks: Bottlenecks | None = None
    rail_losses: RailLosses | None = None


NOTHING = Structure()
"""Where the structure was not asked for."""


def analyse_structure(
    inputs: Inputs,
    trains: Sequence[ServiceView],
    *,
    centrality: Centrality | None = None,
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> Structure:
    """Compute every part of the structure of a cluster whose data are there.

    Parameters
    ----------
    inputs : Inputs
        As `toolkit.networks.inputs.read_inputs` gives them.
    trains : sequence of ServiceView
        Each timetable, oldest first, through each station set.
    centrality : Centrality, optional
        Of the roads, where it was computed.
    settings : Settings
    progress : Progress, optional
        Where to report; standard error by default.

    Returns
    -------
    Structure
    """
    report = progress or Progress()
    with report.step("accessibility of cities and stations"):
        access = place_access(inputs, trains, settings=settings)
    links: LinkStructure | None = None
    scenarios: tuple[ScenarioFound, ...] = ()
    if access is not None:
        with report.step("links and communities"):
            links = link_structure(inputs.cluster, trains, access, inputs.timetables)
        with report.step("scenarios"):
            scenarios = example_scenarios(inputs, trains, access, settings=settings)
    with report.step("corridors"):
        corridors = corridors_of(inputs, measured=centrality)
    borders = narrow = None
    if inputs.roads is not None:
        with report.step("borders between members"):
            borders = member_borders(inputs)
        with report.step("bottlenecks of the roads"):
            narrow = bottlenecks(inputs, centrality, settings=settings)
    every = [view for view in trains if view.station_set == "any"]
    lost = None
    if every:
        with report.step("stations and trains lost"):
            lost = rail_losses(inputs.cluster, every[-1], settings=settings)
    return Structure(
        access=access,
        links=links,
        corridors=corridors,
        scenarios=scenarios,
        borders=borders,
        bottlenecks=narrow,
        rail_losses=lost,
    )
