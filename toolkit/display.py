"""How objects show themselves in a notebook: a title, facts, the head of a table; a web map."""

from collections.abc import Mapping
from html import escape
from importlib.util import find_spec
from typing import Any

import geopandas as gpd
import pandas as pd

from toolkit.errors import MissingDataError

__all__ = ["html_card", "web_map"]

_ROWS = 12
_FOR_WEB_MAPS = ("folium", "mapclassify")


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


def web_map(table: gpd.GeoDataFrame, **options: Any) -> Any:  # noqa: ANN401 (as GeoDataFrame.explore)
    """Return a map of a table to look at in a browser or notebook.

    Parameters
    ----------
    table : GeoDataFrame
    **options
        As for ``GeoDataFrame.explore``.

    Returns
    -------
    folium.Map

    Raises
    ------
    MissingDataError
        The packages that draw it are not installed.

    Examples
    --------
    >>> web_map(cities, column="residents")  # doctest: +SKIP
    """
    missing = [name for name in _FOR_WEB_MAPS if find_spec(name) is None]
    if missing:
        raise MissingDataError(
            f"a web map needs {' and '.join(missing)}",
            remedy="pip install city-cluster-toolkit[explore], or use plot()",
        )
    return table.explore(**options)
