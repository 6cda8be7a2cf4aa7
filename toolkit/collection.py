"""The table, the GeoPackage and the page of many clusters, from the outputs of their runs."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyogrio

from toolkit.analysis.comparison import compare_clusters
from toolkit.batch import Outcome
from toolkit.networks.timetable import Timetable
from toolkit.progress import Progress, counted
from toolkit.publish.collection import Member, gathered_layers, reach_counts, write_comparison
from toolkit.publish.geopackage import write_geopackage
from toolkit.publish.palette import OUTCOMES
from toolkit.publish.tables import write_tables
from toolkit.settings import DEFAULTS, Settings

__all__ = ["summarise"]

_THRESHOLD_MIN = 60.0


def summarise(
    outcomes: Sequence[Outcome],
    out: Path,
    *,
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Write ``comparison.html``, ``comparison.csv`` and ``all-clusters.gpkg``.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Of `toolkit.batch.run_clusters`; those that failed are named on the page only.
    out : Path
        The folder of the folders.
    settings : Settings
    progress : Progress, optional
        Standard error by default.

    Returns
    -------
    tuple of Path
        The files, page first; none where every run failed.
    """
    report = progress or Progress()
    ended = [outcome for outcome in outcomes if outcome.status != "failed"]
    if not ended:
        return ()
    packages = {o.cluster.slug: o.folder / f"{o.cluster.slug}.gpkg" for o in ended}
    with report.step(f"compare {counted(len(ended), 'cluster')}"):
        table = _table(ended, packages, settings)
    members = [
        Member(
            o.cluster.slug,
            o.cluster.name_zh,
            o.cluster.name_en,
            o.status,
            o.problem,
            _outcomes(packages.get(o.cluster.slug)),
        )
        for o in outcomes
    ]
    files = (out / "comparison.html", out / "comparison.csv", out / "all-clusters.gpkg")
    with report.step("write page, table and GeoPackage of all"):
        write_comparison(files[0], members, table.set_index("slug"), threshold_min=_THRESHOLD_MIN)
        write_tables(out, {"comparison": table})
        write_geopackage(
            files[2],
            gathered_layers(packages, table),
            metadata={"clusters": ", ".join(packages), "threshold_min": f"{_THRESHOLD_MIN:g}"},
        )
    return files


def _table(ended: Sequence[Outcome], packages: dict[str, Path], settings: Settings) -> pd.DataFrame:
    """One row a cluster: indices of the embedded data, reach as the runs found it."""
    newest = Timetable.from_reference(settings.timetable_dates[-1])
    table = compare_clusters(
        [outcome.cluster for outcome in ended],
        [newest],
        threshold_min=_THRESHOLD_MIN,
        settings=settings,
    ).set_index("slug")
    for outcome in ended:
        slug = outcome.cluster.slug
        found = reach_counts(outcome.cluster, packages[slug], threshold_min=_THRESHOLD_MIN)
        for column, value in found.items():
            if column in table:
                table.loc[slug, column] = value
        table.loc[slug, "rail_only"] = "roads" not in pyogrio.list_layers(packages[slug])[:, 0]
    return table.reset_index()


def _outcomes(geopackage: Path | None) -> tuple[tuple[str, int], ...]:
    """How many claims of a cluster have which outcome."""
    if geopackage is None or "claims" not in pyogrio.list_layers(geopackage)[:, 0]:
        return ()
    found = pyogrio.read_dataframe(geopackage, layer="claims", columns=["outcome"])["outcome"]
    counts = found.value_counts()
    return tuple((label, int(counts[key])) for key, (_, label) in OUTCOMES.items() if key in counts)
