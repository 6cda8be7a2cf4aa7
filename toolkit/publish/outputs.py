"""The files of a run: GeoPackage, QGIS project, maps, report, rasters, tables and run record."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import geopandas as gpd
import pandas as pd

from toolkit import __version__
from toolkit.analysis.definitions import Definition
from toolkit.analysis.findings import Findings
from toolkit.analysis.hour_table import one_hour_table
from toolkit.analysis.reach import leading_rows
from toolkit.analysis.road import off_roads
from toolkit.claims import Verdict, claims_layer, load_sources
from toolkit.claims.wording import statistic_name
from toolkit.clusters import Cluster
from toolkit.networks.inputs import Inputs
from toolkit.networks.layers import roads_layer
from toolkit.progress import Progress
from toolkit.publish.assembly import (
    centrality_layers,
    cities_layer,
    direct_trains,
    prefectures_layer,
    rail_services_layer,
    reach_layer,
    stations_layer,
)
from toolkit.publish.atomic import refuse_unwritable_folder
from toolkit.publish.claim_lists import write_claims
from toolkit.publish.geopackage import refuse_while_edited, write_geopackage
from toolkit.publish.maps import draw_reach_map
from toolkit.publish.names import file_stem
from toolkit.publish.project import write_project
from toolkit.publish.rasters import write_rasters
from toolkit.publish.report import write_report
from toolkit.publish.run_record import write_run_record
from toolkit.publish.structure import Topic, topics_of
from toolkit.publish.tables import write_tables
from toolkit.publish.topic_pictures import draw_topics
from toolkit.settings import DEFAULTS, Settings

__all__ = ["refuse_unwritable", "write_outputs", "write_topic"]

_MAPPED = ("fastest_train", "door_to_door")
_TIME_KEYS = [
    "core_adcode",
    "city_adcode",
    "definition",
    "station_set",
    "timetable_date",
    "minutes",
]
_TABLES = (
    "city_times", "stations", "rail_services", "reach", "reach_overlaps", "cities",
    "prefectures",
)  # fmt: skip


def write_outputs(
    folder: Path,
    inputs: Inputs,
    findings: Findings,
    verdicts: Sequence[Verdict],
    *,
    definitions: Mapping[str, Definition],
    maps: bool = True,
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Write GeoPackage, QGIS project, rasters, maps, tables and the run record.

    Parameters
    ----------
    folder : Path
        Made where it is missing; files of an earlier run are replaced one by one, each as a whole.
    inputs, findings, verdicts
        What was read, computed and judged.
    definitions : mapping of str to Definition
    maps : bool
        Whether to draw maps.
    settings, progress
        As for `run`.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    OutputError
        Something cannot be written; what was there is untouched.
    """
    report = progress or Progress()
    cluster = inputs.cluster
    facts = _facts(inputs, settings)
    topics = topics_of(inputs, findings)
    layers = _layers(inputs, findings, verdicts)
    for topic in topics:
        layers |= topic.layers
    geopackage = folder / f"{cluster.slug}.gpkg"
    project = folder / f"{cluster.slug}.qgz"
    with report.step("write rasters"):
        rasters = write_rasters(folder, inputs, findings, settings)
    with report.step("write GeoPackage and QGIS project"):
        write_geopackage(geopackage, layers, metadata=facts)
        write_project(
            project,
            geopackage,
            title=f"{cluster.name_zh} {cluster.name_en}",
            epsg=cluster.utm_epsg,
            metadata=facts,
            notes=_notes(inputs),
            names={key: f"{d.name_zh} {d.name_en}" for key, d in definitions.items()},
            rasters=rasters,
        )
    written = [geopackage, project, *rasters]
    circles: list[Path] = []
    drawn: list[Path] = []
    if maps:
        with report.step("write maps"):
            circles = _maps(folder / "maps", inputs, findings, layers, definitions)
            drawn = draw_topics(folder, inputs, topics, layers)
            written.extend([*circles, *drawn])
    with report.step("write report"):
        page = folder / "report.html"
        write_report(
            page,
            inputs=inputs,
            findings=findings,
            verdicts=verdicts,
            definitions=definitions,
            settings=settings,
            maps=circles,
            topics=topics,
            topic_maps=drawn,
            facts=facts,
        )
        written.append(page)
    with report.step("write tables"):
        tables = {name: frame for name, frame in layers.items() if name in _TABLES}
        tables["one_hour_table"] = one_hour_table(findings.city_times, findings.shares)
        if len(findings.shares):
            tables["prefecture_shares"] = findings.shares
        for topic in topics:
            tables |= {**topic.layers, **topic.tables}
        of_claims = {f"sensitivity_{v.claim.id}": v.sensitivity for v in verdicts}
        of_claims |= {f"evidence_{v.claim.id}": v.evidence.table for v in verdicts}
        tables |= {name: table for name, table in of_claims.items() if len(table)}
        write_tables(folder / "tables", tables)
        written.append(folder / "tables")
        written.extend(write_claims(folder, verdicts, load_sources()))
    record = folder / "run.json"
    write_run_record(
        record,
        parameters={
            "cluster": cluster.slug,
            "definitions": {key: asdict(value) for key, value in definitions.items()},
            "settings": asdict(settings),
        },
        inputs=inputs.records,
        timings_s=report.seconds,
        outputs=[path for path in written if path.is_file()],
    )
    return (*written, record)


def write_topic(
    folder: Path, inputs: Inputs, topic: Topic, *, further: Mapping[str, pd.DataFrame] | None = None
) -> tuple[Path, ...]:
    """Write one topic by itself: GeoPackage, tables and maps.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    inputs : Inputs
        What it was computed from.
    topic : Topic
    further : mapping of str to DataFrame, optional
        Layers to go with it.

    Returns
    -------
    tuple of Path
        The files.

    Raises
    ------
    OutputError
        Something cannot be written.
    """
    layers: dict[str, pd.DataFrame] = {
        "cities": cities_layer(inputs.cluster, pd.DataFrame(columns=list(_TIME_KEYS))),
        **topic.layers,
        **(further or {}),
    }
    if inputs.prefectures is not None:
        layers["prefectures"] = prefectures_layer(inputs.cluster, inputs.prefectures)
    package = folder / f"{topic.key}.gpkg"
    write_geopackage(package, layers, metadata=_facts(inputs, DEFAULTS))
    write_tables(folder / "tables", {**topic.layers, **topic.tables, **(further or {})})
    drawn = draw_topics(folder, inputs, [topic], layers)
    return (package, folder / "tables", *drawn)


def refuse_unwritable(folder: Path, cluster: Cluster) -> None:
    """Raise `OutputError` before any work if the outputs could not be written.

    Parameters
    ----------
    folder : Path
        One that is missing is made and removed again, so that a run that fails leaves nothing.
    cluster : Cluster
        Names the GeoPackage, which must not be open in an editing session.
    """
    refuse_unwritable_folder(folder)
    refuse_while_edited(folder / f"{cluster.slug}.gpkg")


def _facts(inputs: Inputs, settings: Settings) -> dict[str, str]:
    """Facts about the run for the metadata of its files."""
    facts = {
        "toolkit_version": __version__,
        "cluster": inputs.cluster.slug,
        "cluster_plan": inputs.cluster.plan,
        "crs": "EPSG:4326; areas on the WGS84 ellipsoid",
        "thresholds_min": ", ".join(map(str, settings.thresholds_min)),
        "waiting_min": f"{settings.waiting_min:g}; intercity {settings.waiting_intercity_min:g}",
        "change_min": f"{settings.change_same_station_min:g} in a station, "
        f"{settings.change_between_stations_min:g} between stations of a city",
        "access": f"great circle x {settings.access_detour:g} "
        f"at {settings.access_speed_kmh:g} km/h",
    }
    if inputs.roads is not None:
        far = off_roads(inputs.roads, inputs.cluster.cities, settings=settings)
        if len(far):
            facts["unreached_by_road"] = "; ".join(
                f"{inputs.cluster.cities.at[code, 'name_en']}, {km:.1f} km from the nearest road"
                for code, km in far.items()
            )
    for number, record in enumerate(inputs.records, start=1):
        facts[f"input_{number}"] = (
            f"{record.kind}: {record.name} ({record.data_date or 'undated'}); {record.licence}"
        )
    return facts


def _notes(inputs: Inputs) -> list[str]:
    """Dates, sources and licences of the inputs, for a printed map."""
    dated = ", ".join(f"{r.name} {r.data_date}" for r in inputs.records if r.data_date)
    licences = dict.fromkeys(f"{r.name}: {r.licence}" for r in inputs.records)
    return [f"数据日期 Data of: {dated}", f"来源 Sources: {'; '.join(licences)}"]


def _layers(
    inputs: Inputs, findings: Findings, verdicts: Sequence[Verdict]
) -> dict[str, pd.DataFrame]:
    """The layers of the GeoPackage."""
    cluster = inputs.cluster
    served = {t.date: t.services(findings.stations.index) for t in inputs.timetables}
    layers: dict[str, pd.DataFrame] = {
        "cities": cities_layer(
            cluster, findings.city_times, definition=_shown_definition(cluster, findings)
        ),
        "city_times": findings.city_times,
    }
    if inputs.prefectures is not None:
        layers["prefectures"] = prefectures_layer(cluster, inputs.prefectures)
    if findings.reaches:
        layers["reach"] = reach_layer(findings.reaches, cluster.cities)
    if findings.overlaps is not None and len(findings.overlaps):
        layers["reach_overlaps"] = findings.overlaps
    if verdicts and inputs.prefectures is not None:
        layers["claims"] = claims_layer(verdicts, inputs.prefectures)
    if served:
        newest = served[inputs.timetables[-1].date]
        layers["stations"] = stations_layer(findings.stations, newest)
        layers["rail_services"] = rail_services_layer(served, findings.stations)
    if inputs.roads is not None:
        layers["roads"] = roads_layer(inputs.roads)
        if findings.centrality is not None:
            layers |= centrality_layers(inputs.roads, findings.centrality)
    return layers


def _shown_definition(cluster: Cluster, findings: Findings) -> str:
    """The definition that a project opens with: that of the first circles of the leading core."""
    circles = (r.definition.key for r in findings.reaches if r.core == cluster.cores[0])
    return next(circles, "fastest_train")


def _maps(
    folder: Path,
    inputs: Inputs,
    findings: Findings,
    layers: Mapping[str, pd.DataFrame],
    definitions: Mapping[str, Definition],
) -> list[Path]:
    """A map of each core by fastest train and door to door, by the newest timetable."""
    cluster, times = inputs.cluster, leading_rows(findings.city_times)
    if inputs.prefectures is None:
        return []
    newest = times["timetable_date"].max()
    used = [r for r in inputs.records if r.kind != "timetable" or r.data_date == newest]
    shown = times[
        times["definition"].isin(_MAPPED)
        & times["timetable_date"].isin(["", newest])
        & times["station_set"].isin(["", "main"])
    ]
    written = []
    for (core, key), rows in shown.groupby(["core_adcode", "definition"], sort=False):
        city, definition = cluster.cities.loc[core], definitions[key]
        statistic, window = rows.iloc[0][["statistic", "window"]]
        counted = definition.windows  # else the name says which trains
        label = statistic_name(", ".join(filter(None, [statistic, window])) if counted else "")
        stem = f"{file_stem(city['name_en'])}_{key}"
        pictures = [folder / f"{stem}.{ending}" for ending in ("png", "svg")]
        draw_reach_map(
            *pictures,
            cluster_name_zh=cluster.name_zh,
            cluster_name_en=cluster.name_en,
            core_zh=city["name_zh"],
            core_en=city["name_en"],
            epsg=cluster.utm_epsg,
            prefectures=layers["prefectures"],
            cities=layers["cities"],
            reach=_bands_of(findings, core, key, newest),
            city_times=rows,
            roads=layers.get("roads") if definition.road else None,
            rail_services=direct_trains(rows),
            measure_zh=f"{definition.name_zh}（{label.zh}）" if label.zh else definition.name_zh,
            measure_en=f"{definition.name_en} ({label.en})" if label.en else definition.name_en,
            definition_zh=definition.meaning_zh,
            definition_en=definition.meaning_en,
            source_note="; ".join(f"{r.name}: {r.licence}" for r in used),
            date_note=", ".join(f"{r.name} {r.data_date}" for r in used if r.data_date),
        )
        written.extend(pictures)
    return written


def _bands_of(findings: Findings, core: str, definition: str, newest: str) -> gpd.GeoDataFrame:
    """Reach polygons of one map, none where the definition reaches stations only."""
    for reach in findings.reaches:
        same = reach.core == core and reach.definition.key == definition
        if same and reach.is_leading and reach.timetable_date in ("", newest):
            return reach.bands.assign(schematic=reach.schematic)
    return gpd.GeoDataFrame({"minutes": []}, geometry=[], crs=4326)
