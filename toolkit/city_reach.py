"""How far one city reaches, in one call: polygons, cities and people."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from toolkit.analysis.definitions import Definition, load_definitions
from toolkit.analysis.findings import Findings, analyse
from toolkit.clusters import Cluster, load_cluster
from toolkit.errors import UnknownNameError
from toolkit.networks.inputs import Inputs, read_inputs
from toolkit.progress import Progress
from toolkit.publish.assembly import reach_layer
from toolkit.publish.reach_files import write_reach_files
from toolkit.settings import DEFAULTS, Settings

__all__ = ["Reach", "reach", "write_reach"]


@dataclass(frozen=True, eq=False, repr=False)
class Reach:
    """What is reached from the origins under one definition.

    Attributes
    ----------
    minutes : tuple of int
        Thresholds asked for.
    definition : Definition
    polygons : GeoDataFrame
        Land within each threshold, with its area and people, as the ``reach`` layer; empty where
        the definition reaches stations only or there are no roads.
    cities : GeoDataFrame
        Minutes to each city with the journey, as the ``city_times`` layer.
    shares : DataFrame
        Share of each prefecture's residents and land inside.
    inputs : Inputs
    findings : Findings
    """

    minutes: tuple[int, ...]
    definition: Definition
    polygons: gpd.GeoDataFrame
    cities: gpd.GeoDataFrame
    shares: pd.DataFrame
    inputs: Inputs
    findings: Findings

    def __repr__(self) -> str:
        return (
            f"Reach({self.definition.key}: {len(self.polygons)} polygons, {len(self.cities)} times)"
        )


def reach(
    cluster: str | Path | Cluster,
    origins: str | Sequence[str] = (),
    minutes: int | Sequence[int] = 60,
    *,
    definition: str | Definition = "door_to_door",
    timetable: str | Path | None = None,
    roads: str | Path | None = None,
    population: str | Path | None = "modelled",
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> Reach:
    """Land, cities and people within some minutes of cities of a cluster.

    For points on a network of one's own see `toolkit.isochrones`, which gives polygons alone: such
    a network belongs to no cluster with cities to reach.

    Parameters
    ----------
    cluster : str, Path or Cluster
        Slug, Chinese or English name, or a TOML file of one's own.
    origins : str or sequence of str
        Names or codes of the cities one starts from; the cluster's cores by default.
    minutes : int or sequence of int
        Thresholds.
    definition : str or Definition
        Key of a built-in definition, or one's own.
    timetable : str or Path, optional
        Date of an embedded timetable or a GTFS file; the newest embedded one by default.
    roads, population
        As for `toolkit.run`.
    settings : Settings
    progress : Progress, optional
        Where to report; standard error by default.

    Returns
    -------
    Reach

    Raises
    ------
    ToolkitError
        Unknown names, and whatever cannot be read.
    TypeError
        A network in place of a cluster.

    Examples
    --------
    >>> found = reach("jing-jin-ji", "Beijing", definition="fastest_train", population=None,
    ...     progress=Progress(stream=None))
    >>> main = found.cities[found.cities["station_set"] == "main"]
    >>> main.loc[main["within_60"], "city_en"].tolist()  # doctest: +NORMALIZE_WHITESPACE
    ['Tianjin', 'Shijiazhuang', 'Baoding', 'Zhangjiakou', 'Chengde', 'Cangzhou', 'Langfang']
    """
    if not isinstance(cluster, str | Path | Cluster):
        raise TypeError(
            f"{type(cluster).__name__} is no cluster; for points on a network use "
            "toolkit.isochrones(network, points, minutes)"
        )
    chosen = cluster if isinstance(cluster, Cluster) else load_cluster(cluster)
    wanted = definition if isinstance(definition, Definition) else _definition(definition)
    named = [origins] if isinstance(origins, str) else list(origins)
    cores = [str(chosen.city(name).name) for name in named] or list(chosen.cores)
    limits = (minutes,) if isinstance(minutes, int) else tuple(sorted(minutes))
    # the layers promise the standard thresholds; only those asked for are drawn
    every = tuple(sorted({*settings.thresholds_min, *limits}))
    adjusted = replace(settings, thresholds_min=every)
    report = progress or Progress()
    inputs = read_inputs(
        chosen,
        timetables=[timetable or settings.timetable_dates[-1]],
        roads=roads,
        population=population,
        settings=adjusted,
        progress=report,
    )
    findings = analyse(
        inputs, cores, [wanted], with_structure=False, settings=adjusted, progress=report
    )
    reaches = [
        replace(each, bands=each.bands[each.bands["minutes"].isin(limits)])
        for each in findings.reaches
    ]
    findings = replace(findings, reaches=tuple(reaches))
    shares = findings.shares
    return Reach(
        minutes=limits,
        definition=wanted,
        polygons=reach_layer(reaches, chosen.cities),
        cities=findings.city_times,
        shares=shares[shares["minutes"].isin(limits)] if len(shares) else shares,
        inputs=inputs,
        findings=findings,
    )


def write_reach(found: Reach, folder: Path) -> tuple[Path, ...]:
    """Write a small GeoPackage, and for each origin a raster (COG) and a map (PNG).

    Parameters
    ----------
    found : Reach
    folder : Path
        Made where it is missing.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    OutputError
        Something cannot be written.
    """
    return write_reach_files(
        folder, found.inputs, found.findings, found.definition, polygons=found.polygons
    )


def _definition(key: str) -> Definition:
    """A built-in definition by its key."""
    known = load_definitions()
    if key not in known:
        raise UnknownNameError(
            f"no definition is called {key!r}", remedy=f"use one of {', '.join(known)}"
        )
    return known[key]
