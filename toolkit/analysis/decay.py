"""How interaction falls with travel time: decay functions, given or fitted to what is observed."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from toolkit.errors import MissingDataError, UnknownNameError

__all__ = ["Decay", "DecayFit", "DecayKind", "fit_decay"]

DecayKind = Literal["power", "exponential", "gaussian"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Decay:
    r"""How interaction falls with travel time.

    =============== ========================== =============================
    ``power``       :math:`c^{-\beta}`         parameter :math:`\beta`
    ``exponential`` :math:`e^{-\beta c}`       parameter :math:`\beta`, per minute
    ``gaussian``    :math:`e^{-c^2 / (2 s^2)}` parameter s, minutes
    =============== ========================== =============================

    Attributes
    ----------
    kind : {'power', 'exponential', 'gaussian'}
    parameter : float
        Above 0.

    Examples
    --------
    >>> Decay("power", 2.0)([1.0, 10.0]).tolist()
    [1.0, 0.01]
    >>> Decay("exponential", 0.1)([0.0, 10.0]).round(3).tolist()
    [1.0, 0.368]
    """

    kind: DecayKind
    parameter: float

    def __post_init__(self) -> None:
        if self.kind not in get_args(DecayKind):
            raise UnknownNameError(
                f"no decay is called {self.kind!r}",
                remedy=f"choose among {', '.join(get_args(DecayKind))}",
            )
        if not (np.isfinite(self.parameter) and self.parameter > 0.0):
            raise MissingDataError(f"decay parameter {self.parameter} is not above 0")

    def __call__(self, minutes: npt.ArrayLike) -> Floats:
        """Weight of each travel time; 0 where it is infinite."""
        cost = np.asarray(minutes, dtype=np.float64)
        if self.kind == "power":
            with np.errstate(divide="ignore"):
                return np.asarray(cost**-self.parameter)
        if self.kind == "exponential":
            return np.asarray(np.exp(-self.parameter * cost))
        return np.asarray(np.exp(-(cost**2) / (2.0 * self.parameter**2)))


@dataclass(frozen=True)
class DecayFit:
    """A decay function fitted to observed interaction.

    Attributes
    ----------
    decay : Decay
    standard_error : float
        Of the parameter.
    r_squared : float
        Of the logarithm of interaction over masses.
    pairs : int
        Pairs of places the fit is made on.
    """

    decay: Decay
    standard_error: float
    r_squared: float
    pairs: int


def fit_decay(
    kind: DecayKind,
    minutes: npt.ArrayLike,
    interaction: npt.ArrayLike,
    *,
    masses: npt.ArrayLike | None = None,
) -> DecayFit:
    r"""Fit a decay function by least squares on logarithms.

    .. math:: \ln \frac{T_{ij}}{M_{ij}} = a - \theta\, g(c_{ij}) + \varepsilon_{ij},
              \qquad g(c) = \ln c, \; c \text{ or } c^2

    Parameters
    ----------
    kind : {'power', 'exponential', 'gaussian'}
    minutes, interaction : array_like of float, one shape
        c and T of pairs of places. Pairs without interaction or without a way are left out; where
        they are many, the fit is biased towards slow decay.
    masses : array_like of float, optional
        M, such as the product of the residents of both places; 1 by default.

    Returns
    -------
    DecayFit

    Raises
    ------
    MissingDataError
        Fewer than three pairs are left, they are all equally far, or interaction does not fall.

    References
    ----------
    A. S. Fotheringham, M. E. O'Kelly (1989). Spatial Interaction Models. Kluwer, Dordrecht.

    Examples
    --------
    >>> minutes = np.array([10.0, 20.0, 40.0, 80.0])
    >>> fit = fit_decay("power", minutes, 5.0 * minutes**-1.5)
    >>> round(fit.decay.parameter, 6), round(fit.r_squared, 6), fit.pairs
    (1.5, 1.0, 4)
    """
    cost, flow = np.broadcast_arrays(
        np.asarray(minutes, dtype=np.float64), np.asarray(interaction, dtype=np.float64)
    )
    mass = np.broadcast_to(np.asarray(1.0 if masses is None else masses, np.float64), cost.shape)
    used = np.isfinite(cost) & (cost > 0.0) & (flow > 0.0) & (mass > 0.0)
    x, y = _transformed(kind, cost[used]), np.log(flow[used] / mass[used])
    if len(x) < 3 or np.ptp(x) == 0.0:
        raise MissingDataError(
            f"{len(x)} pairs with interaction at different times do not fit a decay",
            remedy="give three or more",
        )
    centred = x - x.mean()
    slope = float(centred @ (y - y.mean()) / (centred @ centred))
    if slope >= 0.0:
        raise MissingDataError("interaction does not fall with travel time in these pairs")
    residual = float(np.sum((y - y.mean() - slope * centred) ** 2))
    spread = float(np.sum((y - y.mean()) ** 2))
    error = float(np.sqrt(residual / (len(x) - 2) / (centred @ centred)))
    parameter = float(np.sqrt(-0.5 / slope)) if kind == "gaussian" else -slope
    if kind == "gaussian":  # s = (2 theta)^(-1/2), so ds = s / (2 theta) dtheta
        error *= parameter / (2.0 * -slope)
    return DecayFit(Decay(kind, parameter), error, 1.0 - residual / spread, len(x))


def _transformed(kind: DecayKind, minutes: Floats) -> Floats:
    """The g of c in which the logarithm of interaction is linear."""
    if kind == "power":
        return np.log(minutes)
    return minutes if kind == "exponential" else minutes**2
