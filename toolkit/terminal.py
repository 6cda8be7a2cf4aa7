"""Text in a terminal, where a Chinese character is two columns wide."""

import re
import unicodedata

__all__ = ["padded", "text_width", "wrapped"]

_WIDE = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
# what a line is not broken within: a Chinese character or a word, with the signs that cling to it
_PIECE = re.compile(
    rf"\s*[（“《【［]*(?:[^\s{_WIDE}“”]+|[{_WIDE}])(?:[^\s{_WIDE}“”]*[，。；：、？！）》】］”]+)*|\s*\S"
)


def text_width(text: str) -> int:
    """Return the columns that a text takes.

    Examples
    --------
    >>> text_width("唐山 64")
    7
    """
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Return a text with blanks up to a width, at its end or (`right`) before it.

    Parameters
    ----------
    text : str
        What is longer stays as it is.
    width : int
        Columns.
    right : bool
        Whether the text goes to the right.

    Returns
    -------
    str

    Examples
    --------
    >>> padded("唐山", 6) + "|", padded("64", 4, right=True)
    ('唐山  |', '  64')
    """
    blanks = " " * (width - text_width(text))
    return blanks + text if right else text + blanks


def wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text that is broken between words or Chinese characters.

    Parameters
    ----------
    text : str
        One paragraph.
    width : int
        Columns of a line; a longer word has a line of its own.

    Returns
    -------
    list of str
        Closing signs do not begin a line and opening ones do not end it.

    Examples
    --------
    >>> wrapped("一小时能到哪里？由 toolkit 计算。", 14)
    ['一小时能到哪', '里？由 toolkit', '计算。']
    """
    lines = [""]
    for piece in _PIECE.findall(" ".join(text.split())):
        if lines[-1] and text_width(lines[-1] + piece) > width:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return lines
