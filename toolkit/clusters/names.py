"""Names of clusters and cities, compared without regard to case, width, spaces and accents."""

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TypeVar

from toolkit.errors import UnknownNameError

__all__ = ["look_up", "nearest_names", "normal_form"]

T = TypeVar("T")


def normal_form(name: str) -> str:
    """Reduce a name to the letters, digits and characters that tell it from others.

    Parameters
    ----------
    name : str
        A name in any script.

    Returns
    -------
    str
        Lower case, half width, without accents, spaces, hyphens and punctuation.

    Examples
    --------
    >>> normal_form("Jing-Jin-Ji"), normal_form(" ＪＪＪ "), normal_form("Ürümqi")
    ('jingjinji', 'jjj', 'urumqi')
    """
    decomposed = unicodedata.normalize("NFKD", name)
    # folding the case can yield letters that decompose once more
    folded = unicodedata.normalize("NFKD", decomposed.casefold())
    return "".join(character for character in folded if character.isalnum())


def look_up(name: str, entries: Mapping[str, T], *, what: str, remedy: str = "") -> T:
    """Find the entry called by a name.

    Parameters
    ----------
    name : str
        What the user wrote.
    entries : mapping
        Entries by name as written; several names may lead to one entry.
    what : str
        What kind of thing is looked up, for the message.
    remedy : str, optional
        What to do where nothing is near.

    Returns
    -------
    object
        The entry.

    Raises
    ------
    UnknownNameError
        If no name agrees; the message names the nearest.

    Examples
    --------
    >>> look_up("BEIJING", {"Beijing": 1, "Tianjin": 2}, what="city")
    1
    """
    by_form = {normal_form(known): entry for known, entry in entries.items()}
    form = normal_form(name)
    if form in by_form:
        return by_form[form]
    near = nearest_names(name, entries)
    hint = f"did you mean {' or '.join(repr(one) for one in near)}?" if near else remedy
    raise UnknownNameError(f"no {what} is called {name!r}", remedy=hint)


def nearest_names(name: str, known: Iterable[str], *, limit: int = 2) -> list[str]:
    """List the known names most like a misspelt one, the best first.

    Parameters
    ----------
    name : str
        What the user wrote.
    known : iterable of str
        The names there are.
    limit : int, default 2
        At most so many.

    Returns
    -------
    list of str
        Names as written in `known`; empty where none is near.

    Examples
    --------
    >>> nearest_names("Bejing", ["Beijing", "Tianjin"])
    ['Beijing']
    """
    written: dict[str, str] = {}
    for one in known:
        written.setdefault(normal_form(one), one)
    forms = difflib.get_close_matches(normal_form(name), written, n=limit, cutoff=0.6)
    return [written[form] for form in forms]
