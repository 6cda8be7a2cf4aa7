"""The typeface of maps: a bundled subset of Noto Sans CJK SC, so that Chinese is never a box."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

__all__ = ["FONT_FILE", "covers", "drawable", "map_fonts"]

FONT_FILE = Path(__file__).with_name("fonts") / "ClusterSansSC-Regular.otf"
_FAMILY = "Cluster Sans SC"
_FALLBACK = "DejaVu Sans"  # comes with Matplotlib: Latin letters beyond Latin-1, Greek, Cyrillic


@contextmanager
def map_fonts(settings: Mapping[Any, Any] = MappingProxyType({})) -> Iterator[None]:
    """Draw with the bundled typeface inside the block, and leave Matplotlib's settings as found.

    Parameters
    ----------
    settings : mapping, optional
        Further rcParams for the block.

    Examples
    --------
    >>> before = mpl.rcParams["font.family"]
    >>> with map_fonts():
    ...     print(mpl.rcParams["font.family"])
    ['Cluster Sans SC', 'DejaVu Sans']
    >>> mpl.rcParams["font.family"] == before
    True
    """
    _register()
    families: dict[Any, Any] = {"font.family": [_FAMILY, _FALLBACK], "text.parse_math": False}
    with mpl.rc_context({**families, **settings}):
        yield


def covers(text: str) -> bool:
    """Return whether every character can be drawn.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    bool
        False when a character would show as a box.

    Examples
    --------
    >>> covers("雄安新区 Xiong'an ≤ 60 min"), covers("𠮷")
    (True, False)
    """
    return all(character in "\n" or ord(character) in _characters() for character in text)


def drawable(text: str) -> str:
    """Return the text with '?' for each character that cannot be drawn.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Text that raises no missing-glyph warning.

    Examples
    --------
    >>> drawable("北京𠮷")
    '北京?'
    """
    return "".join(character if covers(character) else "?" for character in text)


@cache
def _register() -> None:
    """Make the file known to Matplotlib under its own family name, once."""
    font_manager.fontManager.addfont(FONT_FILE)


@cache
def _characters() -> frozenset[int]:
    """Return the code points of the two typefaces."""
    fallback = font_manager.findfont(_FALLBACK)
    fonts = (FT2Font(str(FONT_FILE)), FT2Font(fallback))
    return frozenset(code for font in fonts for code in font.get_charmap())
