"""The section 'Structure': the topics of a run as sentences, tables and pictures of the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from toolkit.claims.model import Sentence
from toolkit.publish.report.parts import (
    Cell,
    Table,
    column_decimals,
    column_title,
    figure_cell,
    rows_of,
    text_cell,
)
from toolkit.publish.report.pictures import Picture, embed
from toolkit.publish.structure import Shown, Topic

__all__ = ["TopicPart", "shown_table", "topic_parts"]

_SHARES = ("share", "performance")
_ROAD_CLASSES = {
    "motorway": "高速公路",
    "trunk": "国道、快速路",
    "primary": "省道、主干路",
    "secondary": "县道",
    "tertiary": "乡道",
    "unclassified": "其他",
}
# A pair of columns in one cell is named for what it names, not for its language.
_PAIRS = {
    "name_zh": Sentence("name", "名称"),
    "name": Sentence("name", "名称"),
    "from_zh": Sentence("from", "起点"),
    "to_zh": Sentence("to", "终点"),
    "scenario_zh": Sentence("scenario", "情景"),
    "network_zh": Sentence("links", "联系"),
    "measure_zh": Sentence("measure", "指标"),
    "provinces_zh": Sentence("provinces", "相邻省份"),
}


@dataclass(frozen=True, eq=False)
class TopicPart:
    """A topic, ready for the template."""

    key: str
    title: Sentence
    reading: tuple[Sentence, ...]
    tables: tuple[Table, ...]
    pictures: tuple[tuple[Sentence, Picture], ...]


def topic_parts(topics: Sequence[Topic], maps: Sequence[Path]) -> tuple[TopicPart, ...]:
    """Put topics in the form of the page.

    Parameters
    ----------
    topics : sequence of Topic
    maps : sequence of Path
        Pictures, of which those named by the maps and charts of a topic belong to it.
    """
    drawn = {path.stem: path for path in maps if path.suffix == ".png"}
    return tuple(
        TopicPart(
            key=topic.key,
            title=topic.title,
            reading=topic.reading,
            tables=tuple(shown_table(shown) for shown in topic.shown),
            pictures=tuple(
                (title, embed(drawn[key])) for key, title in _named(topic) if key in drawn
            ),
        )
        for topic in topics
    )


def _named(topic: Topic) -> tuple[tuple[str, Sentence], ...]:
    """Files and titles of the pictures of a topic."""
    charts = tuple((chart.key, chart.title) for chart in topic.charts)
    return (*((sheet.key, sheet.title) for sheet in topic.maps), *charts)


def shown_table(shown: Shown) -> Table:
    """A table of the page from a frame: two names of one thing in one cell, shares in percent.

    A column in which nothing is known, such as a mean over cities that nobody reaches, is left out.

    Examples
    --------
    >>> frame = pd.DataFrame({"name_zh": ["天津"], "name_en": ["Tianjin"], "evenness": [0.5]})
    >>> table = shown_table(Shown(Sentence("a", "b"), frame, ("name_zh", "evenness")))
    >>> [cell.text.en for cell in table.rows[0]]
    ['Tianjin', '0.5']
    """
    known = shown.frame.notna().any()
    columns = [name for name in shown.columns if known[name] or shown.frame.empty]
    # columns of mixed kinds, such as a list of indices, keep the digits of each figure
    digits = {
        name: column_decimals(shown.frame[name])
        for name in columns
        if shown.frame[name].dtype.kind in "fF" and name != "value"
    }
    return Table(
        shown.caption,
        tuple(_PAIRS.get(name) or column_title(name) for name in columns),
        rows_of(
            [_cell(row, name, digits.get(name)) for name in columns]
            for _, row in shown.frame.iterrows()
        ),
    )


def _cell(row: "pd.Series", name: str, decimals: int | None) -> Cell:
    """One cell, by the kind of its column."""
    value = row[name]
    if name == "highway":
        return Cell(Sentence(str(value), _ROAD_CLASSES.get(str(value), str(value))))
    if name.endswith("_zh"):
        english = str(row.get(f"{name.removesuffix('_zh')}_en", "") or value)
        return Cell(Sentence(english, str(value)))
    if isinstance(value, Sentence | str | bool):
        return text_cell(value)
    share = name.endswith(_SHARES) or name.startswith("share_")
    return figure_cell(value, "share" if share else "", decimals=decimals)
