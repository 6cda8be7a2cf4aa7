"""Put the page together and write it."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from toolkit.analysis.definitions import Definition
from toolkit.analysis.findings import Findings
from toolkit.analysis.hour_table import one_hour_table
from toolkit.claims import Verdict, load_sources, standard_draws
from toolkit.claims.model import Sentence
from toolkit.clusters import Cluster
from toolkit.networks.inputs import Inputs
from toolkit.publish.atomic import replace_atomically
from toolkit.publish.names import file_stem
from toolkit.publish.palette import BEYOND, TIME_BANDS
from toolkit.publish.report.hour import hour_tables
from toolkit.publish.report.judged import cards, tallies
from toolkit.publish.report.methods import (
    commands,
    limits,
    method_notes,
    parameters_table,
    records_table,
    uncertainties_table,
)
from toolkit.publish.report.parts import band_name, plain, text_colour
from toolkit.publish.report.pictures import embed
from toolkit.publish.report.reach_map import ReachMap, draw_map
from toolkit.publish.report.reached import (
    core_times,
    newest_times,
    people_source,
    people_table,
    shares_tables,
)
from toolkit.publish.report.topics import topic_parts
from toolkit.publish.structure import Topic
from toolkit.settings import Settings

__all__ = ["write_report"]


def write_report(
    path: str | os.PathLike[str],
    *,
    inputs: Inputs,
    findings: Findings,
    verdicts: Sequence[Verdict],
    definitions: Mapping[str, Definition],
    settings: Settings,
    maps: Sequence[Path] = (),
    topics: Sequence[Topic] = (),
    topic_maps: Sequence[Path] = (),
    facts: Mapping[str, str],
) -> None:
    """Write the report: one HTML file in English and Chinese that opens without a network.

    Parameters
    ----------
    path : path-like
        The file; an earlier one is replaced as a whole.
    inputs, findings, verdicts
        What was read, computed and judged; sections whose data are missing are left out.
    definitions : mapping of str to Definition
        In the order in which they are shown.
    settings : Settings
        Those of the run.
    maps : sequence of Path
        Pictures named ``<core>_<definition>.png``; scaled down and embedded.
    topics : sequence of Topic
        The section 'Structure', in this order.
    topic_maps : sequence of Path
        The maps of the topics, named by their keys.
    facts : mapping of str to str
        Facts of the run for the table of parameters.

    Raises
    ------
    OutputError
        The file cannot be written; an earlier one is untouched.

    Notes
    -----
    The same input gives the same bytes. A content security policy in the file forbids every
    request.
    """
    cluster = inputs.cluster
    times = newest_times(findings)
    shown = cards(verdicts, load_sources())
    sources = {str(r.bands["population_source"].iloc[0]) for r in findings.reaches
               if "population_source" in r.bands and len(r.bands)}  # fmt: skip
    modelled = any("modelled" in source for source in sources)
    drawing = draw_map(inputs, findings.reaches, times, definitions)
    page = _environment().get_template("page.html.j2").render(
        title=Sentence(cluster.name_en, cluster.name_zh),
        dates=[timetable.date for timetable in inputs.timetables],
        cores=core_times(times, cluster, definitions),
        hours=hour_tables(
            one_hour_table(findings.city_times, findings.shares), cluster, definitions
        ),
        cards=shown,
        tallies=tallies(shown),
        drawing=drawing,
        map_data=_json(drawing.times if drawing else {}),
        people=people_table(findings, cluster),
        people_sources=[people_source(source) for source in sorted(sources)],
        modelled=modelled,
        nearby_km=f"{90 * settings.proximity_km_per_min:.0f}",
        schematic=inputs.roads is not None and inputs.roads.schematic,
        shares=shares_tables(findings, cluster, definitions),
        pictures=[
            (*_named(item, cluster, definitions), embed(item))
            for item in maps
            if item.suffix == ".png"  # a map comes as a drawing (SVG) too
        ],
        topics=topic_parts(topics, topic_maps),
        definitions=definitions,
        notes=method_notes(settings),
        limits=limits(inputs, modelled=modelled, settings=settings),
        records=records_table(inputs.records),
        parameters=parameters_table(settings, facts),
        uncertainties=uncertainties_table(standard_draws()),
        commands=commands(cluster.slug, next((verdict.claim.id for verdict in verdicts), "")),
        version=facts.get("toolkit_version", ""),
        bands=_bands(),
        band_colours=dict(TIME_BANDS),
        first_definition=_first_definition(drawing),
        inf=math.inf,
    )  # fmt: skip
    with replace_atomically(path) as part:
        part.write_text(page, encoding="utf-8", newline="\n")


@cache
def _environment() -> Environment:
    """Templates beside this module; a name that is missing is an error, not a gap."""
    environment = Environment(
        loader=PackageLoader("toolkit.publish.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    loader = environment.loader
    if loader is not None:
        for name in ("style.css", "behaviour.js"):
            text, _, _ = loader.get_source(environment, name)
            environment.globals[name.split(".")[0]] = Markup(text)
    return environment


def _first_definition(drawing: ReachMap | None) -> str:
    """The definition the map opens with: one with outlines where there is any."""
    if drawing is None:
        return ""
    outlined = [band.definition for band in drawing.bands]
    return outlined[0] if outlined else drawing.definitions[0].key


def _json(value: object) -> Markup:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


def _bands() -> list[tuple[int | None, str, str, str]]:
    """Upper bound, colour, colour of text and name of each band."""
    known: list[tuple[int | None, str, str, str]] = [
        (bound, colour, text_colour(colour), band_name(bound))
        for bound, colour in TIME_BANDS.items()
    ]
    return [*known, (None, BEYOND, text_colour(BEYOND), band_name(float("inf")))]


def _named(
    path: Path, cluster: Cluster, definitions: Mapping[str, Definition]
) -> tuple[Sentence, Sentence]:
    """Core and definition of a picture from its file name."""
    for key, definition in definitions.items():
        if path.stem.endswith(f"_{key}"):
            core = path.stem.removesuffix(f"_{key}")
            named = Sentence(definition.name_en, definition.name_zh)
            for _, city in cluster.cities.iterrows():
                if file_stem(str(city["name_en"])) == core:
                    return Sentence(str(city["name_en"]), str(city["name_zh"])), named
            return plain(core), named
    return plain(path.stem), plain("")
