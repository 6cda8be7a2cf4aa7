"""Check kind `corridor_share`: what axes hold, against placebo axes that no plan names.

As `toolkit.analysis.corridors` has it: that an axis holds much says little, since any line between
large cities does; it concentrates something if it holds more than other lines do.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from toolkit.claims.checks.clauses import Clause, Reading, settle_readings
from toolkit.claims.checks.parameters import ParameterError
from toolkit.claims.checks.terms import name_of
from toolkit.claims.facts import QUANTITIES, Facts
from toolkit.claims.model import Claim, Sentence, Verdict
from toolkit.claims.uncertainty import Drawn
from toolkit.claims.wording import figure_text, quantity_name

__all__ = ["CorridorParameters", "NamedAxis", "corridor_share"]

_TRAINS = "trains"


@dataclass(frozen=True)
class NamedAxis:
    """A line of cities.

    Parameters
    ----------
    name_en, name_zh : str
    cities : tuple of str
        Codes, in order along the line.
    placebo : bool
        Whether it is there for comparison only.
    """

    name_en: str
    name_zh: str
    cities: tuple[str, ...]
    placebo: bool = False

    def __post_init__(self) -> None:
        if len(self.cities) < 2:
            raise ParameterError("cities", "an axis of fewer than 2 cities", remedy="name its ends")


@dataclass(frozen=True)
class CorridorParameters:
    """Parameters of `corridor_share`.

    Parameters
    ----------
    region : tuple of str
        What the shares are of.
    core : str
        Code of the city that axes have in common; its people and output count for none of them.
    axes : tuple of NamedAxis
        Those of the text, and placebo axes.
    year : int
        Of people and output.
    date : str
        ISO date of the timetable.
    measures : tuple of str
        Each a reading: ``trains`` (direct, of the region, a link between neighbours on the axis),
        or a quantity by prefecture (a city on the axis).
    train_classes : tuple of str
    margin_percent : float
        A share nearer to that of the placebo axes than this, in percent of it, is borderline.
    """

    region: tuple[str, ...]
    core: str
    axes: tuple[NamedAxis, ...]
    year: int
    date: str
    measures: tuple[str, ...] = (_TRAINS, "gdp_1e8", "residents_1e4")
    train_classes: tuple[str, ...] = ("fast",)
    margin_percent: float = 10.0

    def __post_init__(self) -> None:
        if len({axis.placebo for axis in self.axes}) < 2:
            raise ParameterError(
                "axes", "axes of the text and placebo axes", remedy="give at least one of each"
            )
        if unknown := set(self.measures) - {_TRAINS, *QUANTITIES}:
            raise ParameterError(
                "measures",
                f"unknown measure '{min(unknown)}'",
                remedy=f"use {_TRAINS} or one of {', '.join(QUANTITIES)}",
            )


def corridor_share(claim: Claim, parameters: CorridorParameters, facts: Facts) -> Verdict:
    """Check that each axis holds more of a region than placebo axes do, per link or per city."""
    readings = [_reading(measure, parameters, facts) for measure in parameters.measures]
    return settle_readings(claim, readings, definition="corridors", date=parameters.date)


def _reading(measure: str, parameters: CorridorParameters, facts: Facts) -> Reading:
    """Shares of the axes by one measure, each beside the mean of the placebo axes."""
    p = parameters
    if measure == _TRAINS:
        name = Sentence("direct trains, per link", "直达列车（每一区段）")
        shares = [_train_share(axis, p, facts) for axis in p.axes]
    else:
        word = quantity_name(measure)
        name = Sentence(f"{word.en}, per city beyond the core", f"{word.zh}（核心以外每市）")
        shares = [_unit_share(axis, measure, p, facts) for axis in p.axes]
    both = list(zip(p.axes, shares, strict=True))
    placebos = [(axis, share) for axis, share in both if axis.placebo]
    mean = np.mean(np.broadcast_arrays(*(share.values for _, share in placebos)), axis=0)
    beside = _listed(placebos)
    clauses = tuple(
        Clause(
            key=f"{measure} {axis.name_en}",
            name=name_of(axis),
            value=share.value,
            relation="at_least",
            stated=float(mean[0]),
            working=Sentence(
                f"share of the region (placebo axes: {beside.en})",
                f"占区域比重（对照轴线：{beside.zh}）",
            ),
            unit="%",
            margin=abs(float(mean[0])) * p.margin_percent / 100,
            drawn=share,
            drawn_stated=Drawn(mean, placebos[0][1].keys),
        )
        for axis, share in both
        if not axis.placebo
    )
    return Reading(measure, name, clauses)


def _listed(placebos: Sequence[tuple[NamedAxis, Drawn]]) -> Sentence:
    """The placebo axes with their shares."""
    named = [(name_of(axis), figure_text(share.value, "%")) for axis, share in placebos]
    return Sentence(
        ", ".join(f"{name.en} {share}" for name, share in named),
        "、".join(f"{name.zh}{share}" for name, share in named),
    )


def _train_share(axis: NamedAxis, parameters: CorridorParameters, facts: Facts) -> Drawn:
    """Mean share of a link between neighbours in the direct trains of the region, in percent."""
    if parameters.date not in facts.city_services:
        return Drawn.certain(math.nan)
    rows = facts.city_services[parameters.date]
    rows = rows[rows["train_class"].isin(parameters.train_classes)]
    codes = facts.codes(parameters.region)
    rows = rows[rows["from_adcode"].isin(codes) & rows["to_adcode"].isin(codes)]
    total = float(rows["trains_per_day"].sum())
    links = [_between(rows, one, other) for one, other in pairwise(axis.cities)]
    return Drawn.certain(float(np.mean(links)) / total * 100 if total else math.nan)


def _between(services: pd.DataFrame, one: str, other: str) -> float:
    """Direct trains a day between two cities, both ways."""
    there = (services["from_adcode"] == one) & (services["to_adcode"] == other)
    back = (services["from_adcode"] == other) & (services["to_adcode"] == one)
    return float(services.loc[there | back, "trains_per_day"].sum())


def _unit_share(
    axis: NamedAxis, quantity: str, parameters: CorridorParameters, facts: Facts
) -> Drawn:
    """Mean share of a city on the axis, but the core, in a quantity of the region, in percent."""
    cities = [city for city in axis.cities if city != parameters.core]
    whole = facts.drawn_figure(quantity, parameters.region, parameters.year)
    part = facts.drawn_figure(quantity, cities, parameters.year)
    keys = tuple(dict.fromkeys(part.keys + whole.keys))
    return Drawn(part.values / whole.values / len(cities) * 100, keys)
