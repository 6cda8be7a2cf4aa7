"""Check kinds on direct trains: times and counts of named pairs, connection, borders."""

import math
from dataclasses import dataclass

import networkx as nx
import pandas as pd

from toolkit.claims.checks.clauses import Clause, Reading, settle_readings
from toolkit.claims.checks.parameters import ParameterError
from toolkit.claims.checks.readings import by_name
from toolkit.claims.checks.terms import ReadingName, name_of, none_clause
from toolkit.claims.facts import Facts
from toolkit.claims.model import DEFAULT_MARGIN_MIN, Claim, Sentence, Verdict
from toolkit.claims.uncertainty import Drawn, Draws
from toolkit.claims.wording import figure_text
from toolkit.networks.geodesy import distances_m

__all__ = [
    "BorderParameters",
    "ConnectivityParameters",
    "TrainCountParameters",
    "TrainPair",
    "TrainTimesParameters",
    "border_effect",
    "connectivity",
    "train_count",
    "train_times",
]


@dataclass(frozen=True)
class TrainPair:
    """Two cities, or two stations, with what is said of the trains between them.

    Parameters
    ----------
    name_en, name_zh : str
    start, end : str
        Codes of cities, or ids of stations.
    within_min : float
        The fastest train takes so long or less, both ways; 0 where nothing is said.
    min_trains : int
        So many trains a day run each way; 0 where nothing is said.
    reading : str
    """

    name_en: str
    name_zh: str
    start: str
    end: str
    within_min: float = 0.0
    min_trains: int = 0
    reading: str = ""


@dataclass(frozen=True)
class TrainTimesParameters:
    """Parameters of `train_times`.

    Parameters
    ----------
    pairs : tuple of TrainPair
    date : str
        ISO date of the timetable.
    between : {'cities', 'stations'}
    train_classes : tuple of str
    readings : tuple of ReadingName
    margin_min : float
    """

    pairs: tuple[TrainPair, ...]
    date: str
    between: str = "cities"
    train_classes: tuple[str, ...] = ("fast",)
    readings: tuple[ReadingName, ...] = ()
    margin_min: float = DEFAULT_MARGIN_MIN

    def __post_init__(self) -> None:
        if self.between not in {"cities", "stations"}:
            raise ParameterError(
                "between", f"'between' is '{self.between}'", remedy="use cities or stations"
            )


@dataclass(frozen=True)
class TrainCountParameters:
    """Parameters of `train_count`.

    Parameters
    ----------
    start, end : str
        Codes of the two cities.
    pairs_per_day : float
        Trains a day each way.
    not_before : str
        ISO date from which timetables can tell: when the service spoken of began.
    riders_per_day : float
        Riders a day that the text gives (other claims may refer to it); 0 where it does not.
    train_classes : tuple of str
    """

    start: str
    end: str
    pairs_per_day: float
    not_before: str = ""
    riders_per_day: float = 0.0
    train_classes: tuple[str, ...] = ("fast",)


@dataclass(frozen=True)
class ConnectivityParameters:
    """Parameters of `connectivity`.

    Parameters
    ----------
    region : tuple of str
    date : str
        ISO date of the timetable.
    train_classes : tuple of str
    min_trains : int
        Trains a day that make a link, in the direction with fewer.
    """

    region: tuple[str, ...]
    date: str
    train_classes: tuple[str, ...] = ("fast",)
    min_trains: int = 1


@dataclass(frozen=True)
class BorderParameters:
    """Parameters of `border_effect`.

    Parameters
    ----------
    regions : tuple of str
        Slugs; each a clause.
    date : str
        ISO date of the timetable; residents are of its year.
    decays : tuple of float
        Exponents of distance in the gravity model, each a reading.
    margin_percent : float
        A difference of less is borderline.
    """

    regions: tuple[str, ...]
    date: str
    decays: tuple[float, ...] = (1.0, 2.0)
    margin_percent: float = 10.0


def train_times(claim: Claim, parameters: TrainTimesParameters, facts: Facts) -> Verdict:
    """Check minutes and trains a day of direct trains between named pairs, the worse way."""
    p = parameters
    services = _services(p, facts)
    worked = [
        (pair.reading, _pair_clauses(pair, services, p.margin_min, facts.draws)) for pair in p.pairs
    ]
    readings = by_name(worked, p.readings)
    return settle_readings(claim, readings, definition="trains", date=p.date)


def train_count(claim: Claim, parameters: TrainCountParameters, facts: Facts) -> Verdict:
    """Check the trains a day between two cities, by the newest timetable that can tell."""
    p = parameters
    name = facts.pair_name(p.start, p.end)
    counts = {}
    for date, table in sorted(facts.city_services.items()):
        rows = table[table["train_class"].isin(p.train_classes)]
        counts[date] = _worse_way(rows, "from_adcode", "to_adcode", p.start, p.end)[1]
    able = [date for date in counts if date >= p.not_before]
    notes = [
        Sentence(
            f"{count:.0f} direct trains a day each way by the timetable of {date}.",
            f"按{date}时刻表，每日每方向直达{count:.0f}列。",
        )
        for date, count in counts.items()
    ]
    if not able:
        notes.append(
            Sentence(
                f"Needs a timetable of {p.not_before} or later, when the service had begun.",
                f"需要{p.not_before}及以后（线路开通后）的时刻表。",
            )
        )
    clause = Clause(
        key="trains",
        name=name,
        value=counts[able[-1]] if able else math.nan,
        relation="at_least",
        stated=p.pairs_per_day,
        working=Sentence("direct trains a day, the way with fewer", "每日直达列数（较少方向）"),
        margin=1.0,
        drawn=facts.draws.scaled(counts[able[-1]], "trains_run", p.start, p.end) if able else None,
    )
    reading = Reading("", Sentence("", ""), (clause,))
    return settle_readings(
        claim, [reading], definition="trains", notes=notes, date=able[-1] if able else ""
    )


def connectivity(claim: Claim, parameters: ConnectivityParameters, facts: Facts) -> Verdict:
    """Check that trains tie a region together, and whether they do when any one city drops out."""
    p = parameters
    codes = list(facts.codes(p.region))
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(codes)
    known = p.date in facts.city_services
    if known:
        table = facts.city_services[p.date]
        rows = table[table["train_class"].isin(p.train_classes)]
        trains = rows.groupby(["from_adcode", "to_adcode"])["trains_per_day"].sum()
        often = {(str(a), str(b)) for a, b in trains.index[trains >= p.min_trains]}
        graph.add_edges_from(
            pair for pair in often if pair[::-1] in often and set(pair) <= set(codes)
        )
    pieces = list(nx.connected_components(graph))
    apart = [code for piece in sorted(pieces, key=len)[:-1] for code in sorted(piece)]
    cuts = sorted(nx.articulation_points(graph))
    links, most = graph.number_of_edges(), len(codes) * (len(codes) - 1) // 2
    cut_off = none_clause(
        "pieces", Sentence("cities cut off", "未连通的城市"), apart, facts, known=known
    )
    parting = none_clause(
        "cuts",
        Sentence("cities whose loss would part the rest", "一旦缺失即断开网络的城市"),
        cuts,
        facts,
        known=known,
    )
    note = Sentence(
        f"{links} of {most} pairs of cities have direct trains both ways.",
        f"{most}对城市中{links}对有双向直达列车。",
    )
    readings = [
        Reading("tied", Sentence("all cities are tied together", "全部城市连通"), (cut_off,)),
        Reading(
            "robust",
            Sentence("and still when any one drops out", "且任一城市缺失时仍连通"),
            (cut_off, parting),
        ),
    ]
    return settle_readings(claim, readings, definition="trains", notes=[note], date=p.date)


def border_effect(claim: Claim, parameters: BorderParameters, facts: Facts) -> Verdict:
    """Check that trains across province borders are fewer than people and distance explain.

    Trains a day of a pair are set against P_i P_j / d^b; the clause compares the mean ratio of
    pairs across borders with that of pairs inside provinces (no trains count as 0).
    """
    readings = []
    for decay in parameters.decays:
        clauses = [_border(slug, decay, parameters, facts) for slug in parameters.regions]
        text = figure_text(decay)
        name = Sentence(f"trains fall with distance to the power {text}", f"距离衰减指数{text}")
        readings.append(Reading(text, name, tuple(clauses)))
    return settle_readings(claim, readings, definition="trains", date=parameters.date)


def _services(parameters: TrainTimesParameters, facts: Facts) -> pd.DataFrame | None:
    """Services between cities or stations of one timetable; None without it."""
    if parameters.between == "cities":
        if parameters.date not in facts.city_services:
            return None
        table = facts.city_services[parameters.date]
        table = table.assign(start=table["from_adcode"], end=table["to_adcode"])
    else:
        table = facts.rail_services
        table = table[table["timetable_date"] == parameters.date]
        table = table.assign(start=table["from_id"], end=table["to_id"])
        if table.empty:
            return None
    return table[table["train_class"].isin(parameters.train_classes)]


def _pair_clauses(
    pair: TrainPair, services: pd.DataFrame | None, margin: float, draws: Draws
) -> list[Clause]:
    """Minutes and trains of one pair, by the worse of the two ways."""
    minutes, trains, train = math.nan, math.nan, "no timetable"
    if services is not None:
        minutes, trains, train = _worse_way(services, "start", "end", pair.start, pair.end)
    working = Sentence(f"by {train}" if train else "no direct train", train or "无直达列车")
    clauses = []
    if pair.within_min:
        clauses.append(
            Clause(
                key=f"{pair.name_en} minutes",
                name=name_of(pair),
                value=minutes,
                relation="at_most",
                stated=pair.within_min,
                working=working,
                unit="min",
                margin=margin,
                drawn=draws.shifted(minutes, "timetable_min", pair.start, pair.end),
                drawn_stated=draws.scaled(pair.within_min, "threshold"),
            )
        )
    if pair.min_trains:
        clauses.append(
            Clause(
                key=f"{pair.name_en} trains",
                name=Sentence(f"{pair.name_en}, trains a day", f"{pair.name_zh}每日列数"),
                value=trains,
                relation="at_least",
                stated=float(pair.min_trains),
                working=Sentence("the way with fewer", "较少方向"),
                margin=1.0,
                drawn=draws.scaled(trains, "trains_run", pair.start, pair.end),
            )
        )
    return clauses


def _worse_way(
    services: pd.DataFrame, start: str, end: str, one: str, other: str
) -> tuple[float, float, str]:
    """Minutes of the slower way with its train, and trains a day of the way with fewer."""
    found = []
    for a, b in ((one, other), (other, one)):
        rows = services[(services[start] == a) & (services[end] == b)]
        if rows.empty:
            return math.inf, 0.0, ""
        best = rows.sort_values("fastest_min").iloc[0]
        total = float(rows["trains_per_day"].sum())
        found.append((float(best["fastest_min"]), total, str(best["fastest_train"])))
    slower = max(found)
    return slower[0], min(way[1] for way in found), slower[2]


def _border(slug: str, decay: float, parameters: BorderParameters, facts: Facts) -> Clause:
    """Mean ratio of trains to their gravity, across borders over inside provinces."""
    drawn, across = Drawn.certain(math.nan), 0
    if parameters.date in facts.city_services:
        pairs = _pairs(slug, parameters.date, facts)
        crosses = pairs["crosses"].to_numpy(dtype=bool)
        across = int(crosses.sum())
        expected = (pairs["mass"] / pairs["km"] ** decay).to_numpy()
        listed = (pairs["trains"].to_numpy() / expected)[:, None]
        ratios = listed * facts.draws.table("trains_run", pairs["name"], parameters.date)
        if crosses.any() and not crosses.all() and ratios[~crosses].any():
            means = [ratios[side].mean(axis=0) for side in (crosses, ~crosses)]
            drawn = Drawn(means[0] / means[1] * 100, ("trains_run",))
    return Clause(
        key=slug,
        name=facts.name(slug),
        value=drawn.value,
        drawn=drawn,
        relation="at_most",
        stated=100.0,
        working=Sentence(
            f"trains over expected, {across} pairs across borders against those inside",
            f"{across}对跨省城市的列车数与期望之比，对比省内",
        ),
        unit="%",
        margin=parameters.margin_percent,
    )


def _pairs(slug: str, date: str, facts: Facts) -> pd.DataFrame:
    """Pairs of cities of a cluster with trains, people, distance and whether a border lies between.

    Only cities whose residents are known; a municipality is a province of its own.
    """
    residents = facts.by_unit("residents_1e4", facts.codes([slug]), int(date[:4])).dropna()
    codes = [str(code) for code in residents.index]
    points = facts.points(codes)
    table = facts.city_services[date]
    trains = table.groupby(["from_adcode", "to_adcode"])["trains_per_day"].sum()
    rows = [
        {
            "trains": trains.get((one, other), 0) + trains.get((other, one), 0),
            "mass": float(residents[one]) * float(residents[other]),
            "km": float(distances_m(*points[i], *points[j])) / 1000,
            "crosses": one[:2] != other[:2],
            "name": f"{one} {other}",
        }
        for i, one in enumerate(codes)
        for j, other in enumerate(codes)
        if i < j
    ]
    return pd.DataFrame(rows, columns=["trains", "mass", "km", "crosses", "name"])
