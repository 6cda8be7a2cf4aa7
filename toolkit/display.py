"""How objects show themselves in a notebook: a title, a few facts, the head of a table."""

from collections.abc import Mapping
from html import escape

import pandas as pd

__all__ = ["html_card"]

_ROWS = 12


def html_card(title: str, facts: Mapping[str, object], table: pd.DataFrame | None = None) -> str:
    """Return HTML for a notebook; everything in it is escaped.

    Parameters
    ----------
    title : str
        Name of the object.
    facts : mapping of str to object
        What there is to know, in the order shown; empty values are left out.
    table : DataFrame, optional
        Its first rows are shown, without the index.

    Returns
    -------
    str
        A table with a caption, and the head of `table` below.

    Examples
    --------
    >>> html_card("A & B", {"cities": 13, "note": ""})
    '<table><caption>A &amp; B</caption><tr><th>cities</th><td>13</td></tr></table>'
    """
    rows = "".join(
        f"<tr><th>{escape(str(name))}</th><td>{escape(str(value))}</td></tr>"
        for name, value in facts.items()
        if value not in ("", None)
    )
    card = f"<table><caption>{escape(title)}</caption>{rows}</table>"
    if table is None or table.empty:
        return card
    more = f"<p>{len(table) - _ROWS:,} more rows</p>" if len(table) > _ROWS else ""
    return f"{card}{table.head(_ROWS).to_html(index=False, na_rep='–', border=0)}{more}"
