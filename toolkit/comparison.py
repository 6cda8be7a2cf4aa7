"""The 19 clusters side by side from the embedded timetables: table, layer, map and reading."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd

from toolkit import __version__
from toolkit.analysis.comparison import compare_clusters
from toolkit.claims.model import Sentence
from toolkit.claims.wording import text_table
from toolkit.clusters import Cluster, list_clusters
from toolkit.errors import MissingDataError
from toolkit.networks.roads import schematic_roads
from toolkit.networks.timetable import Timetable
from toolkit.progress import Progress, counted
from toolkit.publish.collection import reading
from toolkit.publish.geopackage import write_geopackage
from toolkit.publish.layer_map import draw_layer_map
from toolkit.publish.tables import write_tables
from toolkit.settings import DEFAULTS, Settings
from toolkit.sources.boundaries import prefecture_boundaries

__all__ = ["clusters_as_text", "compare", "write_clusters"]

_SCHEMATIC = "jing-jin-ji"  # what the schematic road network covers
_EQUAL_AREA = 6933  # true in shape at 30 degrees north
_CHANGES = ("fastest_train_cities", "trains_per_day", "p_sf", "top_city_share", "train_entropy")

_COMPARED: dict[str, tuple[Sentence, str, float]] = {
    "residents": (Sentence("residents, million", "常住人口（百万）"), "{:.1f}", 1e6),
    "fastest_train_cities": (Sentence("D1", "D1"), "{:.0f}", 1.0),
    "fastest_train_residents": (Sentence("share", "居民"), "{:.0%}", 1.0),
    "station_to_station_cities": (Sentence("D3", "D3"), "{:.0f}", 1.0),
    "station_to_station_residents": (Sentence("share", "居民"), "{:.0%}", 1.0),
    "door_to_door_cities": (Sentence("D4", "D4"), "{:.0f}", 1.0),
    "door_to_door_residents": (Sentence("share", "居民"), "{:.0%}", 1.0),
    "rank_size_slope": (Sentence("slope", "斜率"), "{:.3f}", 1.0),
    "primacy": (Sentence("P1/P2", "首位度"), "{:.2f}", 1.0),
    "p_sf": (Sentence("P_SF", "P_SF"), "{:.3f}", 1.0),
    "top_city_share": (Sentence("top city", "首位城市"), "{:.0%}", 1.0),
    "entropy": (Sentence("entropy", "熵"), "{:.3f}", 1.0),
}
_LEGEND = Sentence(
    "N: cities. D1, D3, D4: cities beside the cores within an hour of one by fastest train, "
    "station to station and door to door, and the share of residents there, cores included. "
    "slope: ln residents on ln rank, all cities. P1/P2: largest city over the second. "
    "P_SF: functional polycentricity of the direct trains. top city: share of trains that touch "
    "it. entropy: of the residents, over ln N. No index by itself ranks clusters.",
    "N：城市数。D1、D3、D4：核心以外一小时内可达某一核心的城市数（最快列车、站到站、门到门）及其居民占比"
    "（含核心）。斜率：全部城市ln人口对ln位序。首位度：第一与第二大城市之比。P_SF：直达列车的功能多中心性。"
    "首位城市：涉及首位城市的列车占比。熵：常住人口的熵与ln N之比。"
    "任何单一指数都不宜用于城市群排名。",
)


def compare(
    clusters: Sequence[Cluster] | None = None, *, settings: Settings = DEFAULTS
) -> pd.DataFrame:
    """Compare clusters on the embedded timetables.

    Parameters
    ----------
    clusters : sequence of Cluster, optional
        All 19 by default.
    settings : Settings
        Names the timetables.

    Returns
    -------
    DataFrame
        As `toolkit.analysis.comparison.compare_clusters`: one row a cluster and timetable.

    Examples
    --------
    >>> from toolkit.clusters import load_cluster
    >>> table = compare([load_cluster("ningxia-yellow-river")])
    >>> table["timetable_date"].tolist()
    ['2016-11-13', '2023-12-15']
    """
    return compare_clusters(
        list_clusters() if clusters is None else clusters,
        [Timetable.from_reference(date) for date in settings.timetable_dates],
        roads={_SCHEMATIC: schematic_roads()},
        settings=settings,
    )


def write_clusters(
    out: Path,
    clusters: Sequence[Cluster] | None = None,
    *,
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> tuple[pd.DataFrame, tuple[Sentence, ...], tuple[Path, ...]]:
    """Compare clusters and write ``clusters.csv``, ``clusters.gpkg`` and ``clusters.png``.

    Parameters
    ----------
    out : Path
        Folder, made where it is missing.
    clusters, settings
        As for `compare`.
    progress : Progress, optional
        Standard error by default.

    Returns
    -------
    table : DataFrame
    sentences : tuple of Sentence
        What the table says.
    files : tuple of Path

    Raises
    ------
    OutputError
        Something cannot be written.
    """
    report = progress or Progress()
    chosen = list(list_clusters() if clusters is None else clusters)
    if not chosen:
        raise MissingDataError("no cluster to compare", remedy="name one or more")
    with report.step(f"compare {counted(len(chosen), 'cluster')}"):
        table = compare(chosen, settings=settings)
    said = reading(table)
    with report.step("write table, GeoPackage and map"):
        layer = _layer(table, chosen)
        files = (out / "clusters.csv", out / "clusters.gpkg", out / "clusters.png")
        write_tables(out, {"clusters": table})
        write_geopackage(
            files[1],
            {"clusters": layer},
            metadata={
                "toolkit_version": __version__,
                "timetables": ", ".join(settings.timetable_dates),
                "reading_en": " ".join(one.en for one in said),
                "reading_zh": "".join(one.zh for one in said),
            },
        )
        draw_layer_map(
            files[2],
            title=Sentence("Functional polycentricity by train", "列车联系的功能多中心性"),
            layers={"clusters": layer.sort_values("area_km2", ascending=False)},
            prefectures=layer,
            epsg=_EQUAL_AREA,
            labels=layer.assign(
                label=layer["name_zh"].str.removesuffix("城市群") + "\n" + layer["name_en"],
                is_unmarked=True,
                geometry=layer.representative_point(),
            ),
            notes=said,
        )
    return table, said, files


def clusters_as_text(table: pd.DataFrame, lang: Literal["en", "zh"] = "en") -> str:
    """The clusters side by side, each timetable on a line of its own.

    Parameters
    ----------
    table : DataFrame
        As `toolkit.analysis.comparison.compare_clusters` returns it.
    lang : {'en', 'zh'}

    Returns
    -------
    str
        The table, and below it what the columns are.
    """
    first = Sentence("cluster year N", "城市群 年份 N").text(lang).split()
    header = [*first, *(title.text(lang) for title, _, _ in _COMPARED.values())]
    rows = [
        [
            str(row[f"name_{lang}"]),
            str(row["timetable_date"])[:4],
            str(row["cities"]),
            *(
                "-" if pd.isna(row[name]) else form.format(row[name] / unit)
                for name, (_, form, unit) in _COMPARED.items()
            ),
        ]
        for _, row in table.iterrows()
    ]
    return f"{text_table(header, rows)}\n\n{_LEGEND.text(lang)}"


def _layer(table: pd.DataFrame, clusters: Sequence[Cluster]) -> gpd.GeoDataFrame:
    """The land of each cluster with its newest figures, and what changed since the oldest."""
    newest, oldest = (
        table[table["timetable_date"] == date].set_index("slug")
        for date in (table["timetable_date"].max(), table["timetable_date"].min())
    )
    changes = (newest[list(_CHANGES)] - oldest[list(_CHANGES)]).add_suffix("_change")
    land = gpd.GeoSeries(
        {
            cluster.slug: prefecture_boundaries(list(cluster.cities.index)).union_all()
            for cluster in clusters
        },
        crs=4326,
    )
    area_km2 = (land.to_crs(_EQUAL_AREA).area / 1e6).round()
    frame = newest.join(changes).assign(area_km2=area_km2)
    return gpd.GeoDataFrame(frame.reset_index(), geometry=land[frame.index].to_numpy(), crs=4326)
