"""What every measure of polycentricity asks of its input: sizes above 0, square tables of links."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.errors import MissingDataError, NetworkError

__all__ = [
    "both_ways",
    "checked_links",
    "known_members",
    "link_shares",
    "positive_sizes",
    "size_shares",
    "two_or_more",
]

Floats = npt.NDArray[np.float64]


def checked_links(links: pd.DataFrame) -> pd.DataFrame:
    """The same links as numbers, the diagonal 0.

    Parameters
    ----------
    links : DataFrame
        Square table of links, rows to columns.

    Returns
    -------
    DataFrame
        A copy.

    Raises
    ------
    NetworkError
        Rows and columns are not the same places in the same order, or a link is missing, infinite
        or below 0.

    Examples
    --------
    >>> checked_links(pd.DataFrame([[9, 3], [1, 9]])).to_numpy().tolist()
    [[0.0, 3.0], [1.0, 0.0]]
    """
    if not links.index.equals(links.columns) or links.index.has_duplicates:
        raise NetworkError(
            "rows and columns of the links are not the same places in the same order",
            remedy="reindex both by one list of places",
        )
    values = links.to_numpy(np.float64, na_value=np.nan).copy()
    np.fill_diagonal(values, 0.0)
    if not np.isfinite(values).all() or (values < 0.0).any():
        raise NetworkError("a link is missing, infinite or below 0", remedy="write 0 for no link")
    return pd.DataFrame(values, index=links.index, columns=links.index)


def both_ways(links: pd.DataFrame) -> Floats:
    """Links summed over the two directions, shape (n, n), symmetric.

    Examples
    --------
    >>> both_ways(pd.DataFrame([[0, 3], [1, 0]])).tolist()
    [[0.0, 4.0], [4.0, 0.0]]
    """
    values = checked_links(links).to_numpy()
    both: Floats = values + values.T
    return both


def link_shares(links: pd.DataFrame) -> Floats:
    """Each link over the sum of all, shape (n, n).

    Raises
    ------
    MissingDataError
        There are no links.

    References
    ----------
    N. Limtanakool, M. Dijst, T. Schwanen (2007). A theoretical framework and methodology for
    characterising national urban systems on the basis of flows of people. Urban Studies 44:2123.

    Examples
    --------
    >>> link_shares(pd.DataFrame([[0, 3], [1, 0]])).tolist()
    [[0.0, 0.75], [0.25, 0.0]]
    """
    values = checked_links(links).to_numpy()
    if not values.any():
        raise MissingDataError("there are no links", remedy="give links of which one is above 0")
    scaled = values / values.max()  # the sum of very large links may overflow
    shares: Floats = scaled / scaled.sum()
    return shares


def known_members(places: pd.Index, members: Sequence[str]) -> pd.Index:
    """The members as an index, each of them among the places.

    Raises
    ------
    MissingDataError
        A member is not.

    Examples
    --------
    >>> known_members(pd.Index(["a", "b", "x"]), ["b", "a"]).tolist()
    ['b', 'a']
    """
    inside = pd.Index(list(members))
    unknown = inside.difference(places)
    if len(unknown):
        raise MissingDataError(
            f"no links are given for {', '.join(map(str, unknown[:5]))}",
            remedy="give each member a row and a column",
        )
    return inside


def positive_sizes(sizes: npt.ArrayLike) -> Floats:
    """Sizes as numbers, each above 0, of two places or more.

    Raises
    ------
    MissingDataError
        A size is missing or not above 0, or there are fewer places.

    Examples
    --------
    >>> positive_sizes([3, 1]).tolist()
    [3.0, 1.0]
    """
    values = np.asarray(sizes, dtype=np.float64)
    wrong = ~(np.isfinite(values) & (values > 0.0))
    if wrong.any():
        raise MissingDataError(
            f"{wrong.sum()} of {len(values)} sizes are missing or not above 0",
            remedy="leave these places out, and say so",
        )
    two_or_more(len(values))
    return values


def size_shares(sizes: npt.ArrayLike) -> Floats:
    """Shares of the sum, none below 0, of two places or more.

    Raises
    ------
    MissingDataError
        A size is missing or below 0, all are 0, or there are fewer places.

    Examples
    --------
    >>> size_shares([3, 1, 0]).tolist()
    [0.75, 0.25, 0.0]
    """
    values = np.asarray(sizes, dtype=np.float64)
    if not np.isfinite(values).all() or (values < 0.0).any() or not values.any():
        raise MissingDataError(
            "sizes are missing, below 0 or all 0", remedy="give sizes of which one is above 0"
        )
    two_or_more(len(values))
    scaled = values / values.max()  # the sum of very large sizes may overflow
    shares: Floats = scaled / scaled.sum()
    return shares


def two_or_more(count: int) -> None:
    """Refuse fewer than two places.

    Raises
    ------
    MissingDataError
        There are fewer.

    Examples
    --------
    >>> two_or_more(2)
    """
    if count < 2:
        raise MissingDataError(
            f"{count} place{'s' * (count != 1)}: polycentricity is about two or more",
            remedy="count in more places",
        )
