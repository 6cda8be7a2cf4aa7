"""Running times of trains where there is no timetable: lines under construction, scenarios.

A train accelerates, cruises at a share of the line's speed and brakes; a recovery margin is added
to the run and a dwell at every stop on the way. Results are modelled and must say so.
"""

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq, minimize_scalar

from toolkit.errors import MissingDataError

__all__ = [
    "RunningModel",
    "evaluate",
    "fit_cruise_share",
    "line_speed_needed",
    "operating_examples",
    "running_minutes",
    "running_model",
]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RunningModel:
    """Parameters of a run.

    Attributes
    ----------
    cruise_share : float
        Cruising speed over line speed.
    acceleration_ms2, braking_ms2 : float
        m/s2, constant.
    dwell_min : float
        Minutes at each stop between origin and destination.
    recovery_share : float
        Margin on the run, not on dwells.
    """

    cruise_share: float
    acceleration_ms2: float
    braking_ms2: float
    dwell_min: float
    recovery_share: float


def running_model() -> RunningModel:
    """The model of the built-in parameters.

    Examples
    --------
    >>> running_model().cruise_share
    0.9
    """
    return RunningModel(**_record()["model"])


def running_minutes(
    section_km: npt.ArrayLike,
    line_speed_kmh: npt.ArrayLike,
    *,
    model: RunningModel | None = None,
) -> float:
    r"""Minutes of a run over one or more sections, with a stop after each but the last.

    With v the cruising speed, a and b acceleration and braking, a section of length L takes

    .. math:: t = \frac{L}{v} + \frac{v}{2} \left(\frac{1}{a} + \frac{1}{b}\right)

    or, where it is too short to reach v,

    .. math:: t = \sqrt{2 L \left(\frac{1}{a} + \frac{1}{b}\right)}

    Parameters
    ----------
    section_km : array_like of float
        From stop to stop.
    line_speed_kmh : array_like of float
        One value, or one a section.
    model : RunningModel, optional
        Of the built-in parameters by default.

    Returns
    -------
    float
        From departure to arrival.

    Raises
    ------
    MissingDataError
        A length or speed is not above 0.

    References
    ----------
    I. A. Hansen, J. Pachl, eds. (2014). Railway Timetabling and Operations, 2nd ed., chapter on
    running times. Eurailpress, Hamburg.

    Examples
    --------
    >>> round(running_minutes([281], 350), 1)
    60.8
    >>> round(running_minutes([120, 161], 350) - running_minutes([281], 350), 1)  # one stop more
    5.5
    """
    chosen = model or running_model()
    length_m = np.atleast_1d(np.asarray(section_km, dtype=np.float64)) * 1000.0
    speed_ms = np.broadcast_to(
        np.asarray(line_speed_kmh, np.float64) * chosen.cruise_share / 3.6, length_m.shape
    )
    if not (length_m > 0.0).all() or not (speed_ms > 0.0).all():
        raise MissingDataError("a section length or line speed is not above 0")
    dwells = chosen.dwell_min * (len(length_m) - 1)
    return float(_run_min(length_m, speed_ms, chosen).sum() + dwells)


def line_speed_needed(
    section_km: npt.ArrayLike, minutes: float, *, model: RunningModel | None = None
) -> float:
    """Least line speed at which a run takes no longer than so many minutes.

    Parameters
    ----------
    section_km : array_like of float
        From stop to stop.
    minutes : float
        From departure to arrival.
    model : RunningModel, optional
        Of the built-in parameters by default.

    Returns
    -------
    float
        km/h; infinite if acceleration and braking alone take too long, or the dwells do.

    Examples
    --------
    >>> round(line_speed_needed([281], 60.0))
    355
    >>> line_speed_needed([281], 5.0)
    inf
    """

    def late(speed_kmh: float) -> float:
        return running_minutes(section_km, speed_kmh, model=model) - minutes

    fastest_kmh = 10_000.0
    if late(fastest_kmh) > 0.0:
        return np.inf
    return float(brentq(late, 1.0, fastest_kmh, xtol=1e-6)) if late(1.0) > 0.0 else 0.0


def operating_examples() -> pd.DataFrame:
    """Runs whose fastest time is known.

    Returns
    -------
    DataFrame
        ``line``, ``origin``, ``destination``, ``fare_km``, ``fastest_min``, ``line_speed_kmh``.

    Examples
    --------
    >>> operating_examples()["fare_km"].tolist()
    [120, 281, 192, 161, 116]
    """
    return pd.DataFrame(_record()["example"])


def evaluate(examples: pd.DataFrame, *, model: RunningModel | None = None) -> pd.DataFrame:
    """Modelled minutes of runs against their fastest trains.

    Parameters
    ----------
    examples : DataFrame
        As `operating_examples`.
    model : RunningModel, optional
        Of the built-in parameters by default.

    Returns
    -------
    DataFrame
        `examples` with ``modelled_min`` (without stops on the way), ``error_min`` (modelled less
        timetable) and ``operating_ratio`` (fare km over timetable, over line speed).

    Examples
    --------
    >>> evaluate(operating_examples())["error_min"].abs().mean().round(1).item()
    4.8
    """
    modelled = _modelled(examples, model or running_model())
    average_kmh = examples["fare_km"] / examples["fastest_min"] * 60.0
    return examples.assign(
        modelled_min=modelled.round(2),
        error_min=(modelled - examples["fastest_min"].to_numpy(np.float64)).round(2),
        operating_ratio=(average_kmh / examples["line_speed_kmh"]).round(3),
    )


def fit_cruise_share(
    examples: pd.DataFrame, *, model: RunningModel | None = None
) -> tuple[RunningModel, Floats]:
    """Fit the cruising share of line speed by least squares, all else as it is.

    Parameters
    ----------
    examples : DataFrame
        As `operating_examples`, of two or more lines (each row is one if ``line`` is missing).
    model : RunningModel, optional
        The other parameters.

    Returns
    -------
    model : RunningModel
        With the fitted share.
    left_out_error_min : ndarray
        Error of each example by the fit on all other lines: what a new line can expect.

    Raises
    ------
    MissingDataError
        There are fewer than two lines.

    Examples
    --------
    >>> fitted, errors = fit_cruise_share(operating_examples())
    >>> round(fitted.cruise_share, 2), round(float(np.abs(errors).mean()), 1)
    (0.81, 5.5)
    """
    lines = examples["line"] if "line" in examples else pd.Series(range(len(examples)))
    number, names = pd.factorize(lines)
    if len(names) < 2:
        raise MissingDataError(
            f"{len(names)} line to fit on", remedy="give examples of two lines or more"
        )
    start = model or running_model()
    errors = np.zeros(len(examples))
    for line in range(len(names)):
        alone = examples[number == line]
        modelled = _modelled(alone, _fitted(examples[number != line], start))
        errors[number == line] = modelled - alone["fastest_min"].to_numpy(np.float64)
    return _fitted(examples, start), errors


@cache
def _record() -> dict[str, Any]:
    """The parameters and examples beside this module."""
    text = resources.files("toolkit.analysis").joinpath("line_speed.toml").read_text("utf-8")
    return tomllib.loads(text)


def _run_min(length_m: Floats, speed_ms: Floats, model: RunningModel) -> Floats:
    """Minutes of each section with its margin, from stand to stand."""
    inverse = 1.0 / model.acceleration_ms2 + 1.0 / model.braking_ms2
    cruises = length_m >= speed_ms**2 * inverse / 2.0
    run_s = np.where(
        cruises, length_m / speed_ms + speed_ms * inverse / 2.0, np.sqrt(2.0 * length_m * inverse)
    )
    return run_s / 60.0 * (1.0 + model.recovery_share)


def _modelled(examples: pd.DataFrame, model: RunningModel) -> Floats:
    """Minutes of each run without stops on the way."""
    length_m = examples["fare_km"].to_numpy(np.float64) * 1000.0
    speed_ms = examples["line_speed_kmh"].to_numpy(np.float64) * model.cruise_share / 3.6
    return _run_min(length_m, speed_ms, model)


def _fitted(examples: pd.DataFrame, start: RunningModel) -> RunningModel:
    """The share that makes the sum of squared errors least."""

    def squared(share: float) -> float:
        modelled = _modelled(examples, replace(start, cruise_share=share))
        return float(((modelled - examples["fastest_min"].to_numpy(np.float64)) ** 2).sum())

    found = minimize_scalar(squared, bounds=(0.3, 1.0), method="bounded", options={"xatol": 1e-6})
    return replace(start, cruise_share=float(found.x))
