"""The files of one reach: a small GeoPackage, and for each origin a raster and a map."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

from toolkit import __version__
from toolkit.analysis.definitions import Definition
from toolkit.analysis.findings import Findings
from toolkit.analysis.reach import leading_rows
from toolkit.claims.wording import statistic_name
from toolkit.networks.inputs import Inputs
from toolkit.networks.layers import roads_layer
from toolkit.publish.assembly import cities_layer, direct_trains, prefectures_layer
from toolkit.publish.atomic import output_error
from toolkit.publish.geopackage import write_geopackage
from toolkit.publish.maps import draw_reach_map
from toolkit.publish.names import file_stem
from toolkit.publish.rasters import write_travel_times

__all__ = ["write_reach_files"]


def write_reach_files(
    folder: Path,
    inputs: Inputs,
    findings: Findings,
    definition: Definition,
    *,
    polygons: gpd.GeoDataFrame,
) -> tuple[Path, ...]:
    """Write ``reach_<origins>_<definition>.gpkg``, and a ``.tif`` and a ``.png`` an origin.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    inputs, findings
        As read and computed.
    definition : Definition
        The one that was computed.
    polygons : GeoDataFrame
        The ``reach`` layer.

    Returns
    -------
    tuple of Path
        The files written. Rasters are of the leading statistic; a definition that reaches stations
        only has none. Without boundaries there are no maps.
    """
    cluster, times = inputs.cluster, findings.city_times
    cores = list(dict.fromkeys(times["core_adcode"]))
    stems = {core: file_stem(cluster.cities.at[core, "name_en"]) for core in cores}
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error
    layers: dict[str, pd.DataFrame] = {
        "cities": cities_layer(cluster, times, definition=definition.key),
        "city_times": times,
    }
    if len(polygons):
        layers["reach"] = polygons
    if inputs.prefectures is not None:
        layers["prefectures"] = prefectures_layer(cluster, inputs.prefectures)
    facts = {
        "toolkit_version": __version__,
        "cluster": cluster.slug,
        "definition": definition.meaning_en,
        **{f"input_{n}": f"{r.kind}: {r.name} ({r.data_date}); {r.licence}"
           for n, r in enumerate(inputs.records, start=1)},
    }  # fmt: skip
    name = f"reach_{'_'.join(stems.values())}_{definition.key}"
    written = [folder / f"{name}.gpkg"]
    write_geopackage(written[0], layers, metadata=facts)
    roads = roads_layer(inputs.roads) if inputs.roads is not None and definition.road else None
    for core in cores:
        base = folder / f"reach_{stems[core]}_{definition.key}"
        own = [r for r in findings.reaches if r.core == core and r.is_leading]
        for reach in own[-1:]:
            raster = base.with_suffix(".tif")
            write_travel_times(
                raster,
                reach.surface,
                description=f"minutes from {stems[core]}, {definition.name_en}",
                limit_min=float(reach.bands["minutes"].max()),
            )
            written.append(raster)
        if inputs.prefectures is None:
            continue
        rows = leading_rows(times[times["core_adcode"] == core])
        rows = rows[rows["station_set"].isin(["", "main"])]
        counted = [*rows.iloc[0][["statistic", "window"]]] if definition.windows else []
        label = statistic_name(", ".join(filter(None, counted)))
        bands = (
            own[-1].bands.assign(schematic=own[-1].schematic)
            if own
            else gpd.GeoDataFrame({"minutes": []}, geometry=[], crs=4326)
        )
        picture = base.with_suffix(".png")
        draw_reach_map(
            picture,
            cluster_name_zh=cluster.name_zh,
            cluster_name_en=cluster.name_en,
            core_zh=cluster.cities.at[core, "name_zh"],
            core_en=cluster.cities.at[core, "name_en"],
            epsg=cluster.utm_epsg,
            prefectures=layers["prefectures"],
            cities=layers["cities"],
            reach=bands,
            city_times=rows,
            roads=roads,
            rail_services=direct_trains(rows),
            measure_zh=f"{definition.name_zh}（{label.zh}）" if label.zh else definition.name_zh,
            measure_en=f"{definition.name_en} ({label.en})" if label.en else definition.name_en,
            definition_zh=definition.meaning_zh,
            definition_en=definition.meaning_en,
            source_note="; ".join(f"{r.name}: {r.licence}" for r in inputs.records),
            date_note=", ".join(f"{r.name} {r.data_date}" for r in inputs.records if r.data_date),
        )
        written.append(picture)
    return tuple(written)
