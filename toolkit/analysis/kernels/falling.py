"""Any decay of interaction over distance as a table, for kernels that cannot call Python."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from toolkit.analysis.kernels.compiling import kernel_part
from toolkit.errors import NetworkError

__all__ = ["NO_DECAY", "Falling", "decay_table", "fallen"]

Floats = npt.NDArray[np.float64]
MOST_KNOTS = 2**20


@dataclass(frozen=True, eq=False)
class Falling:
    """A function of distance at knots 2^shift apart, straight between them."""

    table: Floats
    shift: int


NO_DECAY = Falling(np.ones(1), 0)


def decay_table(decay: Callable[[Floats], Any], longest: int, per_unit: int) -> Falling:
    """Tabulate a decay function up to the longest distance.

    Parameters
    ----------
    decay : callable
        Takes an array of distances in units of the weight, gives weights, zero or more.
    longest : int
        In steps of which `per_unit` make a unit.
    per_unit : int

    Returns
    -------
    Falling
        At every step if there are fewer than 2^20, else at every second, fourth and so on.

    Raises
    ------
    NetworkError
        If the function gives something else.

    Examples
    --------
    >>> decay_table(lambda seconds: 1 / seconds, longest=3, per_unit=1).table.round(2).tolist()
    [1.0, 1.0, 0.5, 0.33, 0.25]
    """
    shift = max(0, int(longest // MOST_KNOTS).bit_length())
    steps = np.arange((longest >> shift) + 2, dtype=np.int64) << shift
    with np.errstate(divide="ignore"):
        table = np.array(decay(steps / per_unit), np.float64)
    if table.shape == steps.shape and not np.isfinite(table[0]):
        table[0] = table[1]  # no pair is zero apart
    if table.shape != steps.shape or not np.isfinite(table).all() or (table < 0).any():
        raise NetworkError(
            "the decay does not give one finite weight, zero or more, for each distance",
            remedy="give a function of an array of distances",
        )
    return Falling(table, shift)


@kernel_part
def fallen(table: Floats, shift: int, distance: int) -> float:
    """Weight of a distance, as far as the table goes."""
    place = min(distance >> shift, table.shape[0] - 2)
    part = (distance - (place << shift)) / (1 << shift)
    weight: float = table[place] + part * (table[place + 1] - table[place])
    return weight
