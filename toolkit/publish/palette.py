"""Colours of maps and QGIS styles, readable with every kind of colour vision.

Ordered values take steps of viridis (S. van der Walt, N. Smith 2015), unordered ones the colours of
M. Okabe and K. Ito (2008, Color Universal Design).
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = [
    "BEYOND",
    "BLUE",
    "GREEN",
    "GREY",
    "ORANGE",
    "OUTCOMES",
    "PURPLE",
    "SEQUENCE",
    "SKY",
    "TIME_BANDS",
    "VERMILION",
    "YELLOW",
    "time_colour",
]

ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#999999"

SEQUENCE = ("#fde725", "#5ec962", "#21918c", "#3b528b", "#440154")
"""Five steps from low to high."""

TIME_BANDS: Mapping[int, str] = MappingProxyType(
    {45: "#46327e", 60: "#277f8e", 75: "#4ac16d", 90: "#f4e61e"}
)
"""Upper bound of a travel time band in minutes to its colour: near is dark."""

BEYOND = "#b4b4b4"
"""Beyond the last band, or out of reach."""

OUTCOMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "holds": (GREEN, "成立 Holds"),
        "fails": (VERMILION, "不成立 Fails"),
        "depends": (ORANGE, "取决于定义 Depends"),
        "borderline": (YELLOW, "临界 Borderline"),
        "inconsistent": (PURPLE, "自相矛盾 Inconsistent"),
        "not checkable": (GREY, "无法核查 Not checkable"),
    }
)
"""Outcome of a claim to its colour and label."""


def time_colour(minutes: float) -> str:
    """Return the colour of the band a travel time falls into; a bound belongs to the nearer band.

    Parameters
    ----------
    minutes : float
        Travel time; NaN or infinite is out of reach.

    Returns
    -------
    str
        Colour as '#rrggbb'.

    Examples
    --------
    >>> time_colour(60.0) == TIME_BANDS[60], time_colour(float("nan")) == BEYOND
    (True, True)
    """
    return next((colour for bound, colour in TIME_BANDS.items() if minutes <= bound), BEYOND)
