"""Names of cities as file names."""

import unicodedata

__all__ = ["file_stem"]


def file_stem(name: str) -> str:
    """A name in plain lower-case letters, digits and hyphens; a stem stays as it is.

    Examples
    --------
    >>> file_stem("Ürümqi"), file_stem("Xi'an"), file_stem("xian")
    ('urumqi', 'xian', 'xian')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(c for c in plain.lower().replace(" ", "-") if c.isalnum() or c == "-")
