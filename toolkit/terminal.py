"""Text in a terminal, where a Chinese character is two columns wide."""

import unicodedata

__all__ = ["padded", "text_width"]


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
