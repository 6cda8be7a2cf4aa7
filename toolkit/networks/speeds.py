"""Driving speeds: tagged limits where they can be believed, else a table by road class."""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.errors import InputFileError, MissingDataError

__all__ = [
    "Delays",
    "Scenario",
    "SpeedTable",
    "driving_speeds_kmh",
    "load_speeds",
    "parse_maxspeed",
    "peak_factors",
]

Scenario = Literal["free_flow", "peak"]
FloatArray = npt.NDArray[np.float64]

SPEEDS_TOML = Path(__file__).with_name("speeds.toml")
KMH_PER_MPH = 1.609344
KMH_PER_KNOT = 1.852
NUMBER_WITH_UNIT = re.compile(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?")
UNIT_KMH = {"mph": KMH_PER_MPH, "knots": KMH_PER_KNOT}


@dataclass(frozen=True)
class Delays:
    """What a car loses besides driving.

    Attributes
    ----------
    signal_s, junction_s : float
        Seconds at a junction with signals, and at an at-grade junction of major roads without.
    gate_s, ferry_wait_s : float
        Seconds at an open gate or booth, and before a ferry leaves.
    junction_radius_m : float
        Signals and junctions as near to each other as this are one junction.
    """

    signal_s: float
    junction_s: float
    gate_s: float
    ferry_wait_s: float
    junction_radius_m: float


@dataclass(frozen=True)
class SpeedTable:
    """Speeds by road class.

    Attributes
    ----------
    free_flow_kmh : Mapping[str, float]
        Speed by value of OSM's `highway`, links included.
    peak_factor : Mapping[str, float]
        Share of the speed that is left at the peak in built-up areas.
    lowest_kmh, highest_kmh : float
        Tagged limits outside this range are not believed.
    delays : Delays
        At signals, junctions, gates and ferries.
    """

    free_flow_kmh: Mapping[str, float]
    peak_factor: Mapping[str, float]
    lowest_kmh: float
    highest_kmh: float
    delays: Delays


def load_speeds(path: str | Path | None = None) -> SpeedTable:
    """Read a table of speeds.

    Parameters
    ----------
    path : str or Path, optional
        TOML in the shape of `speeds.toml` beside this module, which is the default.

    Returns
    -------
    SpeedTable
        The table, with a row for the links of each class.

    Raises
    ------
    InputFileError
        If the file cannot be read, is no TOML, or lacks a value or holds one out of range.

    Examples
    --------
    >>> load_speeds().free_flow_kmh["motorway_link"]
    70.0
    """
    return _default_table() if path is None else _read_table(Path(path))


def parse_maxspeed(text: object) -> float:
    """Read OSM's `maxspeed` strictly.

    Parameters
    ----------
    text : object
        A number (km/h), `50`, `50 km/h`, `30 mph`; of several limits (`80;60`, or a list) the
        lowest counts. Anything else (`none`, `signals`, `walk`, `CN:urban`) is no limit.

    Returns
    -------
    float
        Limit in km/h, NaN where there is none.

    Examples
    --------
    >>> [round(parse_maxspeed(text), 1) for text in ("80", "50 mph", "CN:urban", "100;80")]
    [80.0, 80.5, nan, 80.0]
    """
    if isinstance(text, list | tuple | set):
        limits = [limit for limit in map(parse_maxspeed, text) if not math.isnan(limit)]
        return min(limits, default=math.nan)
    if isinstance(text, str) and re.search(r"[;|,]", text):
        return parse_maxspeed([part for part in re.split(r"[;|,]", text) if part.strip()])
    match = NUMBER_WITH_UNIT.fullmatch(str(text).strip().lower())
    return float(match[1]) * UNIT_KMH.get(match[2], 1.0) if match else math.nan


def driving_speeds_kmh(
    highway: pd.Series | npt.ArrayLike,
    *,
    maxspeed_kmh: npt.ArrayLike | None = None,
    scenario: Scenario = "free_flow",
    built_up: npt.ArrayLike | None = None,
    table: SpeedTable | None = None,
) -> FloatArray:
    """Driving speed of each edge.

    Parameters
    ----------
    highway : array_like of str, shape (n,)
        OSM road classes.
    maxspeed_kmh : array_like, optional
        Tagged limits, NaN where there is none. A believable one replaces the class's speed.
    scenario : {"free_flow", "peak"}
        `peak` multiplies by the class's factor in built-up areas.
    built_up : array_like of bool, optional
        Which edges lie in built-up areas; all of them if not given.
    table : SpeedTable, optional
        Other speeds than the defaults.

    Returns
    -------
    numpy.ndarray
        Speeds in km/h, shape (n,).

    Raises
    ------
    MissingDataError
        If a class has neither a row in the table nor a limit.

    Examples
    --------
    >>> driving_speeds_kmh(["motorway", "trunk"], maxspeed_kmh=[120, np.nan]).tolist()
    [120.0, 70.0]
    >>> driving_speeds_kmh(["motorway", "trunk"], scenario="peak").round(6).tolist()
    [85.0, 49.0]
    """
    speeds_of = table or load_speeds()
    classes = pd.Series(np.asarray(highway, dtype=object))
    speed = np.asarray(classes.map(dict(speeds_of.free_flow_kmh)), dtype=np.float64)
    if maxspeed_kmh is not None:
        limit = np.asarray(maxspeed_kmh, dtype=np.float64)
        believable = (limit >= speeds_of.lowest_kmh) & (limit <= speeds_of.highest_kmh)
        speed = np.where(believable, limit, speed)
    if np.isnan(speed).any():
        unknown = sorted({str(name) for name in classes[np.isnan(speed)]})
        raise MissingDataError(
            f"no speed for road class {', '.join(unknown)}",
            remedy="add it to a table in the shape of speeds.toml and pass table=load_speeds(path)",
        )
    if scenario == "free_flow":
        return speed
    return speed * peak_factors(classes, built_up=built_up, table=speeds_of)


def peak_factors(
    highway: pd.Series | npt.ArrayLike,
    *,
    built_up: npt.ArrayLike | None = None,
    table: SpeedTable | None = None,
) -> FloatArray:
    """Share of the free-flow speed that is left at the peak.

    Parameters
    ----------
    highway : array_like of str, shape (n,)
        OSM road classes; one that the table does not know keeps its speed.
    built_up : array_like of bool, optional
        Which edges lie in built-up areas; all of them if not given. The others keep their speed.
    table : SpeedTable, optional
        Other factors than the defaults.

    Returns
    -------
    numpy.ndarray
        Factors from 0 to 1, shape (n,). Peak times of any network are its times divided by them:
        ``network.with_times(network.edges["time_s"] / peak_factors(network.edges["highway"]))``.

    Examples
    --------
    >>> peak_factors(["motorway", "trunk", "busway"], built_up=[True, False, True]).tolist()
    [0.85, 1.0, 1.0]
    """
    factor_of = dict((table or load_speeds()).peak_factor)
    factor = pd.Series(np.asarray(highway, dtype=object)).map(factor_of).astype("float64")
    built = np.True_ if built_up is None else np.asarray(built_up, dtype=bool)
    return np.asarray(np.where(built, factor.fillna(1.0), 1.0), dtype=np.float64)


DELAY_NAMES = tuple(field.name for field in fields(Delays))


@cache
def _default_table() -> SpeedTable:
    """The table beside this module."""
    return _read_table(SPEEDS_TOML)


def _read_table(path: Path) -> SpeedTable:
    """Parse and check one TOML file."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        classes = content["classes"]
        link = float(content["links"]["factor"])
        speed = {name: float(row["free_flow_kmh"]) for name, row in classes.items()}
        factor = {name: float(row["peak_factor"]) for name, row in classes.items()}
        limits = content["limits_kmh"]
        lowest, highest = float(limits["lowest"]), float(limits["highest"])
        delays = Delays(**{name: float(content["delays"][name]) for name in DELAY_NAMES})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputFileError(f"{path}: cannot be read: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputFileError(
            f"{path}: missing or wrong value: {error}",
            remedy="compare with the default speeds.toml",
        ) from error
    wrong = [name for name in speed if speed[name] <= 0 or not 0 < factor[name] <= 1]
    wrong += [name for name in DELAY_NAMES if not 0 <= getattr(delays, name) < math.inf]
    if wrong:
        raise InputFileError(
            f"{path}: speed, factor or delay out of range: {', '.join(wrong)}",
            remedy="speeds are above 0, factors above 0 and at most 1, delays not negative",
        )
    links = {f"{name}_link": link * kmh for name, kmh in speed.items()}
    link_factors = {f"{name}_link": share for name, share in factor.items()}
    return SpeedTable(links | speed, link_factors | factor, lowest, highest, delays)
