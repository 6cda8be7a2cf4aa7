"""What a link changes: `toolkit.scenario` for roads and rail, and a run of one scenario."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, overload

import geopandas as gpd
import pandas as pd
import shapely

from toolkit.analysis import scenarios as links_of
from toolkit.analysis.circles import CoreReach, core_reach
from toolkit.analysis.definitions import load_definitions
from toolkit.analysis.findings import with_people
from toolkit.analysis.matrices import road_matrix
from toolkit.analysis.rail import ServiceView
from toolkit.analysis.rail_lines import RailLine, drawn_lines
from toolkit.analysis.rail_scenarios import rail_scenario
from toolkit.analysis.road import off_roads
from toolkit.analysis.scenario_examples import (
    cluster_of,
    example_names,
    rail_example,
    road_example,
)
from toolkit.analysis.scenario_reach import reach_before_after, reach_change
from toolkit.analysis.scenario_sketches import with_sketch
from toolkit.analysis.stations import city_stations
from toolkit.analysis.structure import ScenarioFound, rail_line_effects, road_link_effects
from toolkit.clusters import load_cluster
from toolkit.errors import MissingDataError
from toolkit.networks.inputs import Inputs, read_inputs
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.timetable import Timetable
from toolkit.progress import Progress
from toolkit.publish.assembly import reach_layer
from toolkit.publish.outputs import write_topic
from toolkit.publish.structure import Topic, scenario_topic
from toolkit.settings import DEFAULTS, Settings
from toolkit.sources.files import read_lines

__all__ = ["run_scenario", "scenario"]

_HOUR_MIN = 60


@overload
def scenario(
    base: SpatialNetwork,
    *,
    add: gpd.GeoDataFrame | pd.DataFrame | str | Path | None = None,
    remove: Any = None,  # noqa: ANN401 (edges or geometries)
    as_of: str | None = None,
    cities: gpd.GeoDataFrame | None = None,
) -> SpatialNetwork: ...
@overload
def scenario(
    base: Timetable | ServiceView,
    *,
    add: RailLine | gpd.GeoDataFrame | str | Path | None = None,
    remove: Collection[str] | None = None,
    as_of: str | None = None,
    cities: gpd.GeoDataFrame | None = None,
) -> ServiceView: ...
def scenario(
    base: SpatialNetwork | Timetable | ServiceView,
    *,
    add: RailLine | gpd.GeoDataFrame | pd.DataFrame | str | Path | None = None,
    remove: Any = None,
    as_of: str | None = None,
    cities: gpd.GeoDataFrame | None = None,
) -> SpatialNetwork | ServiceView:
    """A network, or a timetable, with links removed and added, or as of a date.

    Parameters
    ----------
    base : SpatialNetwork, Timetable or ServiceView
    add : GeoDataFrame, DataFrame, RailLine, str or Path, optional
        Roads: lines with ``speed_kmh`` or ``time_s`` (`toolkit.analysis.scenarios.scenario`), or a
        table with ``u``, ``v`` and the same, joined by straight lines. Rail: a `RailLine`, or lines
        with ``line_speed_kmh`` between stations. For either the path of such lines, as drawn in
        QGIS and saved as GeoJSON, or the name of a built-in example: ``'shenzhong-link'``,
        ``'xiongan-shangqiu'``, ``'beijing-hengshui'``, ``'beijing-tangshan'``.
    remove : optional
        Roads: edges (u, v, key), or geometries that touch them. Rail: ids of stations.
    as_of : str, optional
        Year or ISO date; what opens later is left out.
    cities : GeoDataFrame, optional
        Seats of the cities, such as ``cluster.cities``; needed for a timetable, to tell their main
        stations by.

    Returns
    -------
    SpatialNetwork or ServiceView
        As the input, which is unchanged; of a timetable the view through the main stations. Trains
        of a new line run at times modelled from its speed and carry the number 'modelled'.

    Raises
    ------
    MissingDataError
        A timetable is given without `cities`.
    NetworkError
        A line does not fit (see the functions named above).

    Examples
    --------
    >>> import toolkit
    >>> cities = toolkit.load_cluster("jing-jin-ji").cities
    >>> timetable = toolkit.Timetable.from_reference("2023-12-15")
    >>> after = toolkit.scenario(timetable, add="beijing-hengshui", cities=cities)
    >>> times = toolkit.travel_times(cities, ["110000"],
    ...     [toolkit.load_definitions()["fastest_train"]], trains=[after])
    >>> times.set_index("city_zh").at["衡水", "minutes"].item()
    59.0
    """
    if isinstance(base, SpatialNetwork):
        return links_of.scenario(base, add=_roads(base, add), remove=remove, as_of=as_of)
    if cities is None:
        raise MissingDataError(
            "a scenario of a timetable needs the cities", remedy="give cities=cluster.cities"
        )
    services = None
    if isinstance(base, Timetable):
        view = ServiceView.build(base, city_stations(base.stops, cities), "main")
        services = base.services()
    else:
        view = base
    return rail_scenario(
        view,
        add=_rails(base, view.stations, add),
        remove=() if remove is None else list(remove),
        as_of=as_of,
        cities=cities,
        services=services,
    )


def run_scenario(
    what: str | Path,
    *,
    cluster: str | None = None,
    kind: Literal["road", "rail"] | None = None,
    timetable: str | Path | None = None,
    roads: str | Path | None = None,
    population: str | Path | None = None,
    remove: str | Path | None = None,
    as_of: str | None = None,
    out: str | Path | None = None,
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> tuple[Topic, tuple[Path, ...]]:
    """Compute what links change for a cluster and write tables, layers and maps.

    Parameters
    ----------
    what : str or Path
        Name of a built-in example, or a file of lines drawn in QGIS.
    cluster : str, optional
        Name; that of the example by default.
    kind : {'road', 'rail'}, optional
        What the lines of a file are: rail where they have ``line_speed_kmh``, by default.
    timetable : str or Path, optional
        Date or GTFS; by default the newest embedded one that does not hold the example yet.
    roads : str or Path, optional
        As for `toolkit.run`; a road scenario needs a network. A built-in one has a sketch of its
        own where there is none.
    population : str or Path, optional
        As for `toolkit.run`: whom the circles hold; modelled by default.
    remove : str or Path, optional
        Roads: a file of lines or areas; the edges that they touch are taken out first.
    as_of : str, optional
        Year or ISO date: nothing that opens later.
    out : str or Path, optional
        Folder; ``outputs/scenario-<name>`` by default.
    settings, progress
        As for `toolkit.run`.

    Returns
    -------
    topic : Topic
        What was found, in words and tables.
    files : tuple of Path

    Raises
    ------
    MissingDataError
        A file is given without a cluster, or a road scenario without roads.
    """
    report = progress or Progress()
    name = str(what)
    example = next((k for k in ("rail", "road") if name in example_names(k)), None)
    slug = cluster or (cluster_of(example, name) if example else None)
    if slug is None:
        raise MissingDataError(f"{name}: of which cluster?", remedy="name it with --cluster")
    lines = None if example else read_lines(name)
    by_rail = lines is not None and "line_speed_kmh" in lines
    sort = example or kind or ("rail" if by_rail else "road")
    opened = rail_example(name).opened if example == "rail" else ""
    date = timetable or _before(opened, settings)
    inputs = read_inputs(
        load_cluster(slug),
        timetables=[date],
        roads=roads,
        population=population,
        settings=settings,
        progress=report,
    )
    sketched = example == "road" and roads is None and inputs.roads is None
    if sketched:
        inputs = with_sketch(inputs, name)
        report.note(f"roads: {inputs.roads}")
    key = name if example else Path(name).stem
    with report.step(f"scenario {key}"):
        stations = city_stations(inputs.stops, inputs.cluster.cities, inputs.prefectures)
        main, every = (
            ServiceView.build(inputs.timetables[-1], stations, which) for which in ("main", "any")
        )
        before = _State(inputs.roads, main, every)
        if sort == "rail":
            new = _rails(inputs.timetables[-1], main.stations, name if example else lines)
            found, after = _rail_effects(key, new, inputs, before, as_of=as_of, settings=settings)
        else:
            links = road_example(name) if lines is None else lines
            touched = None if remove is None else read_lines(remove)
            change = {"remove": touched, "as_of": as_of, "snap_limit_m": settings.snap_limit_m}
            found, after = _road_effects(
                key, links, inputs, before, change=change, settings=settings
            )
    with report.step("circles before and after"):
        # a sketch joins places, and says nothing of the land between
        pairs = [] if sketched else _circles(inputs, before, after, settings)
        cities = inputs.cluster.cities
        land = reach_change(pairs, cities, inputs.population)
        reached = reach_before_after(pairs, cities)
    topic = scenario_topic(found, land=land, reached=reached, city_maps=True)
    if topic is None:
        raise MissingDataError(f"{name}: nothing to add", remedy="give a file with lines")
    folder = Path(out) if out is not None else settings.output_folder / f"scenario-{key}"
    with report.step("write tables, GeoPackage and maps"):
        return topic, write_topic(folder, inputs, topic, further=_reach_layer(pairs, cities))


@dataclass(frozen=True, eq=False)
class _State:
    """Roads, and trains between main stations and between all, before or after."""

    roads: SpatialNetwork | None
    trains: ServiceView
    every: ServiceView


def _rail_effects(
    key: str,
    lines: list[RailLine],
    inputs: Inputs,
    before: _State,
    *,
    as_of: str | None,
    settings: Settings,
) -> tuple[tuple[ScenarioFound, ...], _State]:
    """Effects of each railway line, and the state with all of them."""
    cities, network = inputs.cluster.cities, before.roads
    driving = None if network is None else road_matrix(network, cities.geometry, settings=settings)
    services = inputs.timetables[-1].services()
    found = tuple(
        rail_line_effects(
            key if len(lines) == 1 else f"{key}-{number}",
            line,
            inputs.cluster,
            before.trains,
            services=services,
            driving=driving,
            as_of=as_of,
            settings=settings,
        )
        for number, line in enumerate(lines, start=1)
    )
    main, every = (
        rail_scenario(
            view, add=lines, cities=cities, services=services, as_of=as_of, settings=settings
        )
        for view in (before.trains, before.every)
    )
    return found, _State(network, main, every)


def _road_effects(
    key: str,
    links: gpd.GeoDataFrame,
    inputs: Inputs,
    before: _State,
    *,
    change: Mapping[str, Any],
    settings: Settings,
) -> tuple[tuple[ScenarioFound, ...], _State]:
    """Effects of road links, and the state with them."""
    if before.roads is None:
        raise MissingDataError(
            f"no road network for {inputs.cluster.name_en}",
            remedy="give an OSM file or a line layer with --roads"
            + (
                f"; Geofabrik has {', '.join(inputs.cluster.extracts)}"
                * bool(inputs.cluster.extracts)
            ),
        )
    changed = links_of.scenario(before.roads, add=links, **change)
    found = road_link_effects(
        key, links, inputs.cluster, before.roads, changed, trains=before.trains, settings=settings
    )
    return (found,), replace(before, roads=changed)


def _circles(
    inputs: Inputs, before: _State, after: _State, settings: Settings
) -> list[tuple[CoreReach, CoreReach]]:
    """The door-to-door circle of each core before and after, where roads are known."""
    cluster = inputs.cluster
    if before.roads is None or after.roads is None:
        return []
    within = None if inputs.prefectures is None else inputs.prefectures.union_all()
    limits = sorted({*settings.thresholds_min, _HOUR_MIN})
    off = {
        code
        for roads in (before.roads, after.roads)
        for code in off_roads(roads, cluster.cities, settings=settings).index
    }
    cores = [core for core in cluster.cores if core not in off]
    circles = [
        core_reach(
            core,
            load_definitions()["door_to_door"],
            roads,
            cluster.cities,
            epsg=cluster.utm_epsg,
            trains=trains,
            water=inputs.water,
            within=within,
            thresholds_min=limits,
            settings=settings,
        )
        for roads, trains in ((before.roads, before.every), (after.roads, after.every))
        for core in cores
    ]
    if inputs.population is not None:
        circles = with_people(circles, inputs.population, cluster.cities, settings=settings)
    return list(zip(circles[: len(cores)], circles[len(cores) :], strict=True))


def _reach_layer(
    pairs: list[tuple[CoreReach, CoreReach]], cities: gpd.GeoDataFrame
) -> dict[str, gpd.GeoDataFrame]:
    """The ``reach`` layer in both states."""
    if not pairs:
        return {}
    parts = [
        reach_layer([pair[state] for pair in pairs], cities, scenario=name)
        for state, name in enumerate(("before", "after"))
    ]
    return {"reach": gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=4326)}


def _before(opened: str, settings: Settings) -> str:
    """The newest embedded timetable of a time at which a line was not open yet."""
    earlier = [date for date in settings.timetable_dates if not opened or date < opened]
    return (earlier or list(settings.timetable_dates))[-1]


def _roads(network: SpatialNetwork, add: Any) -> gpd.GeoDataFrame | None:  # noqa: ANN401
    """Lines to add to a road network."""
    if isinstance(add, str) and add in example_names("road"):
        return road_example(add)
    if isinstance(add, str | Path):
        return read_lines(add)
    if add is None or isinstance(add, gpd.GeoDataFrame):
        return add
    place = network.nodes[["x", "y"]]
    lines = [
        shapely.LineString([place.loc[u], place.loc[v]])
        for u, v in zip(add["u"], add["v"], strict=True)
    ]
    return gpd.GeoDataFrame(add.drop(columns=["u", "v"]), geometry=lines, crs=4326)


def _rails(
    base: Timetable | ServiceView,
    stations: gpd.GeoDataFrame,
    add: Any,  # noqa: ANN401
) -> list[RailLine]:
    """Railway lines to add to a timetable."""
    if add is None:
        return []
    if isinstance(add, RailLine):
        return [add]
    if isinstance(add, str) and add in example_names("rail"):
        return [rail_example(add)]
    lines = add if isinstance(add, gpd.GeoDataFrame) else read_lines(add)
    known = base.stops if isinstance(base, Timetable) and "adcode" in base.stops else stations
    return list(drawn_lines(lines, known))
