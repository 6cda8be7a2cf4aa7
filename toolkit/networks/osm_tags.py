"""What OpenStreetMap's tags of roads, ferries and barriers mean for a car."""

import math
import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from toolkit.networks.speeds import parse_maxspeed

__all__ = [
    "BACKWARD",
    "BOTH",
    "DRIVE",
    "FERRY",
    "FORWARD",
    "MAIN",
    "POINTS",
    "POINT_TAGS",
    "ROAD_TAGS",
    "barred_to_cars",
    "is_ferry",
    "open_to_cars",
    "parse_duration_s",
    "road_attributes",
]

MAIN = tuple(
    name + link for name in ("motorway", "trunk", "primary", "secondary") for link in ("", "_link")
)
DRIVE = (*MAIN, "tertiary", "tertiary_link", "unclassified", "residential", "living_street")
FERRY = "ferry"

# The most specific tag that is present decides whether cars may pass.
ACCESS_TAGS = ("motorcar", "motor_vehicle", "vehicle", "access")
CLOSED = ("no", "private", "agricultural", "forestry", "agricultural;forestry")
ROAD_TAGS = (
    "highway",
    "route",
    "name",
    "name:en",
    "ref",
    "maxspeed",
    "lanes",
    "oneway",
    "junction",
    "bridge",
    "tunnel",
    "area",
    "motorroad",
    "duration",
    *ACCESS_TAGS,
)

# Barriers that stop cars unless their access tags say otherwise, and those that only hold them up.
STOPPING = (
    "block",
    "bollard",
    "bus_trap",
    "chain",
    "cycle_barrier",
    "debris",
    "full-height_turnstile",
    "horse_stile",
    "jersey_barrier",
    "kissing_gate",
    "log",
    "motorcycle_barrier",
    "rising_bollard",
    "stile",
    "sump_buster",
    "turnstile",
)
HINDERING = ("border_control", "gate", "lift_gate", "sliding_gate", "swing_gate", "toll_booth")
SIGNALS = ("highway", "traffic_signals")
POINTS = (SIGNALS, *(("barrier", kind) for kind in (*STOPPING, *HINDERING)))
POINT_TAGS = ("highway", "barrier", "traffic_signals:direction", *ACCESS_TAGS)

FORWARD, BOTH, BACKWARD = 1, 0, -1
ONEWAY = {
    "yes": FORWARD,
    "true": FORWARD,
    "1": FORWARD,
    "-1": BACKWARD,
    "reverse": BACKWARD,
    "no": BOTH,
    "false": BOTH,
    "0": BOTH,
}
ONEWAY_JUNCTIONS = ("roundabout", "circular")

CLOCK = re.compile(r"(?:(\d+):)?(\d+)(?::(\d\d))?")
ISO_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")


def road_attributes(tags: pd.DataFrame) -> pd.DataFrame:
    """Interpret the tags of roads and ferries.

    Parameters
    ----------
    tags : pandas.DataFrame
        One row a way with the columns of `ROAD_TAGS`, None where absent.

    Returns
    -------
    pandas.DataFrame
        `highway` (`ferry` for ferries), `name`, `name_en`, `ref`, `maxspeed_kmh`, `lanes` (both
        ways), `bridge`, `tunnel`, `motorroad`, `duration_s` (ferries), `direction` (1 as drawn,
        -1 against it, 0 both; motorways and roundabouts run one way unless tagged otherwise).

    Examples
    --------
    >>> tags = pd.DataFrame([{"highway": "motorway", "maxspeed": "60 mph"}], columns=ROAD_TAGS)
    >>> roads = road_attributes(tags)
    >>> roads["maxspeed_kmh"].round(1).tolist(), roads["direction"].tolist()
    ([96.6], [1])
    """
    ferry = is_ferry(tags)
    return pd.DataFrame(
        {
            "highway": tags["highway"].mask(ferry, FERRY),
            "name": tags["name"],
            "name_en": tags["name:en"],
            "ref": tags["ref"],
            "maxspeed_kmh": np.where(ferry, np.nan, _parsed(tags["maxspeed"])),
            "lanes": pd.to_numeric(tags["lanes"], errors="coerce").round().astype("Int64"),
            "bridge": _flag(tags["bridge"]),
            "tunnel": _flag(tags["tunnel"]),
            "motorroad": tags["motorroad"] == "yes",
            "duration_s": tags["duration"].where(ferry).map(parse_duration_s).astype("float64"),
            "direction": _direction(tags),
        }
    )


def open_to_cars(tags: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which ways cars may use: the most specific access tag decides, and areas are no roads.

    Parameters
    ----------
    tags : pandas.DataFrame
        As `road_attributes` takes them.

    Returns
    -------
    numpy.ndarray of bool
        One value a way. Ferries carry cars only where a tag says so, as most do not.

    Examples
    --------
    >>> tags = pd.DataFrame([{"access": "no", "motor_vehicle": "yes"}, {"route": "ferry"}])
    >>> open_to_cars(tags.reindex(columns=ROAD_TAGS)).tolist()
    [True, False]
    """
    access = _access(tags)
    silent_ferry = is_ferry(tags) & access.isna()
    return (~access.isin(CLOSED) & (tags["area"] != "yes") & ~silent_ferry).to_numpy(bool)


def barred_to_cars(points: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which nodes cars cannot pass: bollards and the like, and gates that are closed to them.

    Parameters
    ----------
    points : pandas.DataFrame
        One row a node with the columns of `POINT_TAGS`, None where absent.

    Returns
    -------
    numpy.ndarray of bool
        One value a node.

    Examples
    --------
    >>> points = pd.DataFrame([{"barrier": "bollard"}, {"barrier": "gate"}])
    >>> barred_to_cars(points.reindex(columns=POINT_TAGS)).tolist()
    [True, False]
    """
    access = _access(points)
    stopping = points["barrier"].isin(STOPPING) & access.isna()
    return ((points["barrier"].notna() & access.isin(CLOSED)) | stopping).to_numpy(bool)


def is_ferry(tags: pd.DataFrame) -> pd.Series:
    """Which ways are ferry routes and no roads; takes the tags of `road_attributes`.

    Examples
    --------
    >>> tags = pd.DataFrame([{"route": "ferry"}, {"route": "ferry", "highway": "primary"}])
    >>> is_ferry(tags).tolist()
    [True, False]
    """
    return (tags["route"] == FERRY) & ~tags["highway"].isin(DRIVE)


def parse_duration_s(text: object) -> float:
    """Read OSM's `duration`.

    Parameters
    ----------
    text : object
        Minutes (`25`), a clock (`0:25`, `1:10:00`) or ISO 8601 (`PT1H10M`).

    Returns
    -------
    float
        Seconds; NaN where there is none.

    Examples
    --------
    >>> [parse_duration_s(text) for text in ("25", "01:10", "PT20M", "soon")]
    [1500.0, 4200.0, 1200.0, nan]
    """
    words = str(text).strip().upper()
    match = CLOCK.fullmatch(words) or ISO_DURATION.fullmatch(words)
    if match is None or not any(match.groups()):
        return math.nan
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    total = hours * 3600 + minutes * 60 + seconds
    return total if total > 0 else math.nan


def _access(tags: pd.DataFrame) -> pd.Series:
    """The most specific access tag, None where there is none."""
    return tags[list(ACCESS_TAGS)].bfill(axis=1).iloc[:, 0]


def _direction(tags: pd.DataFrame) -> npt.NDArray[np.int8]:
    """1 along the way, -1 against it, 0 both."""
    implied = (tags["highway"] == "motorway") | tags["junction"].isin(ONEWAY_JUNCTIONS)
    stated = tags["oneway"].map(ONEWAY)
    direction = stated.astype("float64").fillna(implied.astype("float64"))
    return direction.to_numpy().astype(np.int8)


def _flag(values: pd.Series) -> pd.Series:
    """True unless absent or `no`."""
    return (values.notna() & (values != "no")).astype("boolean")


def _parsed(values: pd.Series) -> npt.NDArray[np.float64]:
    """Speed limits in km/h; each different text is parsed once."""
    codes, texts = pd.factorize(values)
    limits = np.array([*map(parse_maxspeed, texts), np.nan])
    return limits[codes]
