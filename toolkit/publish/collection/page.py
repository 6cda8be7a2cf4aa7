"""One page that shows clusters side by side, and says which runs failed."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from toolkit import __version__
from toolkit.publish.atomic import replace_atomically
from toolkit.publish.collection.reading import reading

__all__ = ["Member", "write_comparison"]


@dataclass(frozen=True)
class Member:
    """One cluster of the page.

    Attributes
    ----------
    slug, name_zh, name_en : str
    status : str
        'done', 'kept' or 'failed'.
    problem : str
        What went wrong, '' for nothing.
    outcomes : tuple of (str, int)
        Outcome of claims in both languages, and how many have it.
    """

    slug: str
    name_zh: str
    name_en: str
    status: str
    problem: str = ""
    outcomes: tuple[tuple[str, int], ...] = ()


def write_comparison(
    path: str | os.PathLike[str],
    members: Sequence[Member],
    table: pd.DataFrame,
    *,
    threshold_min: float,
) -> None:
    """Write the page: one HTML file in both languages that opens without a network.

    Parameters
    ----------
    path : path-like
        The file, beside the folders of the clusters; an earlier one is replaced as a whole.
    members : sequence of Member
        In the order of the page, also those that failed.
    table : DataFrame
        Index slug; columns as `toolkit.analysis.comparison.compare_clusters` names them.
    threshold_min : float
        What "within" means, minutes.

    Raises
    ------
    OutputError
        The file cannot be written; an earlier one is untouched.
    """
    environment = Environment(
        loader=PackageLoader("toolkit.publish.collection", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rows = [(each, table.loc[each.slug]) for each in members if each.slug in table.index]
    page = environment.get_template("comparison.html.j2").render(
        rows=rows,
        reading=reading(table.reset_index()) if rows else (),
        failed=[each for each in members if each.status == "failed"],
        threshold=f"{threshold_min:g}",
        dates=sorted({str(row["timetable_date"]) for _, row in rows}),
        version=__version__,
    )
    with replace_atomically(path) as part:
        Path(part).write_text(page, encoding="utf-8")
