"""The run: named cluster in, checked claims and a GeoPackage out.

One function a step, in the order of the architecture: inputs, findings, verdicts, outputs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from toolkit.analysis.centrality_preparation import prepare
from toolkit.analysis.circles import CoreReach
from toolkit.analysis.definitions import load_definitions
from toolkit.analysis.findings import Findings, analyse
from toolkit.claims import (
    KINDS,
    NATIONAL,
    CheckInputs,
    Claim,
    Verdict,
    check_claim,
    check_national,
    find_claim,
    load_claims,
)
from toolkit.clusters import Cluster, load_cluster
from toolkit.display import html_card, web_map
from toolkit.networks.inputs import Inputs, read_inputs
from toolkit.progress import Progress, counted
from toolkit.publish.outputs import refuse_unwritable, write_outputs
from toolkit.settings import DEFAULTS, Settings
from toolkit.sources.live import Live

__all__ = ["RunResult", "check_claims", "check_every_claim", "run"]


@dataclass(frozen=True, eq=False, repr=False)
class RunResult:
    """What a run leaves: the findings in memory and the files on disk."""

    cluster: Cluster
    inputs: Inputs
    findings: Findings
    verdicts: tuple[Verdict, ...]
    folder: Path
    files: tuple[Path, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        outcomes = ", ".join(f"{v.claim.id} {v.outcome}" for v in self.verdicts)
        return f"RunResult({self.cluster.slug!r}, {len(self.files)} files; {outcomes})"

    def _repr_html_(self) -> str:
        facts = {
            "timetables": ", ".join(timetable.date for timetable in self.inputs.timetables),
            "roads": str(self.inputs.roads or "none"),
            "folder": self.folder,
            "files": len(self.files),
        }
        verdicts = pd.DataFrame(
            [(v.claim.id, v.outcome, v.claim.statement_en) for v in self.verdicts],
            columns=["claim", "outcome", "statement"],
        )
        return html_card(f"{self.cluster.name_zh} {self.cluster.name_en}", facts, verdicts)

    def plot(self, **options: Any) -> Any:  # noqa: ANN401 (as GeoDataFrame.plot)
        """Draw the first circle, or the travel times where none was computed."""
        return self._shown().plot(**options)

    def explore(self, **options: Any) -> Any:  # noqa: ANN401 (as GeoDataFrame.explore)
        """Show the first circle, or the travel times where none was computed, on a map."""
        shown = self._shown()
        if isinstance(shown, CoreReach):
            return shown.explore(**options)
        return web_map(shown, **options)

    def _shown(self) -> CoreReach | gpd.GeoDataFrame:
        """What a map of the run shows."""
        return self.findings.reaches[0] if self.findings.reaches else self.findings.city_times


def run(
    cluster: str | Path | Cluster,
    *,
    timetables: Sequence[str | Path] = (),
    roads: str | Path | None = None,
    live: Live | None = None,
    population: str | Path | None = None,
    out: str | Path | None = None,
    definitions: str | Path | None = None,
    claims: Sequence[str | Path] = (),
    cores: Sequence[str] = (),
    maps: bool = True,
    with_centrality: bool = False,
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> RunResult:
    """Compute reach, check the claims and write the outputs of one cluster.

    Parameters
    ----------
    cluster : str, Path or Cluster
        Slug, Chinese or English name, or a TOML file of one's own.
    timetables : sequence of str or Path
        Dates of embedded timetables (``"2023-12-15"``) or GTFS files, oldest first; all embedded
        ones by default.
    roads : str or Path, optional
        ``"schematic"``, ``"none"``, an OSM file, a line layer, ``"downloaded"`` for the extracts of
        an earlier live run, or ``"place:<name>"`` for a place anywhere by the Overpass API. By
        default the schematic network where there is one for the
        cluster, else none.
    live : Live, optional
        Download what `timetables`, `roads` and `population` do not name.
    population : str or Path, optional
        ``"worldpop"``, ``"worldpop-100m"``, ``"ghs-pop"``, ``"modelled"``, ``"none"``, or a raster
        of people per cell. By default WorldPop with `live`, else modelled.
    out : str or Path, optional
        Output folder; ``outputs/<slug>`` by default.
    definitions : str or Path, optional
        A TOML file of definitions beside the built-in ones, which claims are judged by.
    claims : sequence of str or Path
        TOML files with further claims.
    cores : sequence of str
        Names or adcodes of the origins; the cluster's cores (also secondary) by default.
    maps : bool
        Whether to draw maps.
    with_centrality : bool
        Whether to compute the centrality of the roads (layers ``road_centrality`` and
        ``node_centrality``). They are prepared once, in the folder of the data, for later runs.
    settings : Settings
        Defaults of everything else.
    progress : Progress, optional
        Where to report; standard error by default.

    Returns
    -------
    RunResult

    Raises
    ------
    ToolkitError
        Whatever goes wrong; earlier outputs are untouched.
    """
    report = progress or Progress()
    chosen = cluster if isinstance(cluster, Cluster) else load_cluster(cluster)
    wanted = load_definitions()
    if definitions is not None:
        wanted |= load_definitions(definitions)
    statements = [c for c in load_claims(None, *claims) if chosen.slug in c.geographies]
    folder = Path(out) if out is not None else settings.output_folder / chosen.slug
    origins = _origins(chosen, cores)
    refuse_unwritable(folder, chosen)
    inputs = read_inputs(
        chosen,
        timetables=timetables,
        roads=roads,
        live=live,
        population=population,
        settings=settings,
        progress=report,
    )
    prepared = None
    if with_centrality and inputs.roads is not None:
        with report.step("roads prepared for centrality"):
            prepared = prepare(inputs.roads, folder=settings.data_folder / "centrality")
    findings = analyse(
        inputs,
        origins,
        tuple(wanted.values()),
        prepared=prepared,
        settings=settings,
        progress=report,
    )
    verdicts = _verdicts(statements, chosen, findings, report)
    written = write_outputs(
        folder,
        inputs,
        findings,
        verdicts,
        definitions=wanted,
        maps=maps,
        settings=settings,
        progress=report,
    )
    return RunResult(
        cluster=chosen,
        inputs=inputs,
        findings=findings,
        verdicts=verdicts,
        folder=folder,
        files=written,
        seconds=dict(report.seconds),
    )


def check_claims(
    cluster: str | Path | Cluster,
    *,
    ids: Sequence[str] = (),
    timetables: Sequence[str | Path] = (),
    roads: str | Path | None = None,
    claims: Sequence[str | Path] = (),
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> tuple[Verdict, ...]:
    """Check the claims about one cluster, or the nation, and write nothing.

    Parameters
    ----------
    cluster, timetables, roads, claims, settings, progress
        As for `run`.
    ids : sequence of str
        Only these claims; all about the cluster by default. ``"national"`` as the cluster checks
        the claims that speak of no single cluster.

    Returns
    -------
    tuple of Verdict

    Raises
    ------
    UnknownNameError
        No such cluster or claim.
    """
    report = progress or Progress()
    known = load_claims(None, *claims)
    named = [find_claim(known, name) for name in ids]
    if cluster == NATIONAL:
        statements = named or [claim for claim in known if NATIONAL in claim.geographies]
        with report.step(f"check {counted(len(statements), 'claim')}"):
            return check_national(statements)
    chosen = cluster if isinstance(cluster, Cluster) else load_cluster(cluster)
    statements = named or [claim for claim in known if chosen.slug in claim.geographies]
    inputs = read_inputs(
        chosen,
        timetables=timetables,
        roads=roads,
        population="none",
        settings=settings,
        progress=report,
    )
    findings = analyse(
        inputs,
        _origins(chosen, ()),
        tuple(load_definitions().values()),
        polygons=False,
        with_structure=False,
        settings=settings,
        progress=report,
    )
    return _verdicts(statements, chosen, findings, report)


def check_every_claim(
    *,
    ids: Sequence[str] = (),
    claims: Sequence[str | Path] = (),
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> tuple[Verdict, ...]:
    """Check all claims, of every cluster and of the nation, each once, and write nothing.

    Clusters whose claims rest on travel times are computed from the embedded data; the other
    claims read tables of facts.

    Parameters
    ----------
    ids : sequence of str
        Only these claims; all by default.
    claims, settings, progress
        As for `run`.

    Returns
    -------
    tuple of Verdict
        In the order of the claims.

    Raises
    ------
    UnknownNameError
        No such claim.
    """
    report = progress or Progress()
    known = load_claims(None, *claims)
    wanted = [find_claim(known, name) for name in ids] or list(known)
    by_travel = [claim for claim in wanted if not KINDS[claim.check.kind].national]
    found: dict[str, Verdict] = {}
    for slug in dict.fromkeys(claim.geography for claim in by_travel):
        names = [claim.id for claim in by_travel if claim.geography == slug]
        verdicts = check_claims(slug, ids=names, claims=claims, settings=settings, progress=report)
        found |= {verdict.claim.id: verdict for verdict in verdicts}
    rest = [claim for claim in wanted if claim.id not in found]
    with report.step(f"check {counted(len(rest), 'claim')}"):
        found |= {verdict.claim.id: verdict for verdict in check_national(rest)}
    return tuple(found[claim.id] for claim in wanted)


def _origins(cluster: Cluster, names: Sequence[str]) -> list[str]:
    """Adcodes of the cities named, or of the cluster's cores."""
    named = [str(cluster.city(name).name) for name in names]
    return named or list(dict.fromkeys((*cluster.cores, *cluster.secondary_cores)))


def _verdicts(
    statements: Sequence[Claim], cluster: Cluster, findings: Findings, report: Progress
) -> tuple[Verdict, ...]:
    """Check claims against the findings."""
    evidence = CheckInputs(
        cluster=cluster,
        city_times=findings.city_times,
        city_pairs=findings.city_pairs,
        stations=findings.stations,
    )
    with report.step(f"check {counted(len(statements), 'claim')}"):
        return tuple(check_claim(claim, evidence) for claim in statements)
