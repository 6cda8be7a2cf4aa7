"""Door to door: a drawn place, brute force on random multimodal networks, and invariants.

Roads (minutes, both ways): 0 ──10── 1 ──5── 2          3 ──20── 4
Stations at nodes 1 (a), 2 (b), 3 (c); G1 a 08:00 ── c 08:30; K2 b 08:10 ── c 08:50
"""

import heapq
import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from toolkit.analysis.departures import NO_ARRIVAL, WHOLE_DAY, clock
from toolkit.analysis.door_to_door import door_to_door
from toolkit.analysis.rail import access_minutes, waiting_min
from toolkit.analysis.road import road_minutes
from toolkit.clusters import load_cluster
from toolkit.errors import NetworkError, UnknownNameError
from toolkit.networks.places import places_on_edges
from toolkit.networks.roads import schematic_roads
from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.timetable import Timetable
from toolkit.settings import DEFAULTS, Settings
from toolkit.sources import reference

# no three of them on a line, so that only ends of edges meet
X, Y = [100.0, 100.5, 101.0, 101.5, 102.0], [30.0, 30.3, 30.0, 30.4, 30.1]


def road_network(count, arcs):
    """Nodes drawn apart; arcs (u, v, seconds)."""
    nodes = gpd.GeoDataFrame(
        index=pd.RangeIndex(count), geometry=gpd.points_from_xy(X[:count], Y[:count]), crs=4326
    )
    edges = pd.DataFrame(arcs, columns=["u", "v", "time_s"])
    edges["key"] = np.arange(len(edges))
    return SpatialNetwork.from_geodataframes(nodes, edges)


def timetable(stations, trains):
    """Stations (x, y); trains, each a list of (station, arrival, departure) in minutes."""
    names = pd.Series(list(trains), dtype="str")
    return Timetable(
        stops=gpd.GeoDataFrame(
            {"name_zh": "站", "name_en": ""},
            index=pd.Index(list(stations), name="station_id"),
            geometry=[shapely.Point(xy) for xy in stations.values()],
            crs=4326,
        ),
        trips=pd.DataFrame({"train": names, "train_class": "fast", "kind": names.str[0]}),
        stop_times=pd.DataFrame(
            [
                (trip, i, station, round(arrival * 60), round(departure * 60))
                for trip, calls in enumerate(trains.values())
                for i, (station, arrival, departure) in enumerate(calls)
            ],
            columns=["trip_id", "stop_sequence", "station_id", "arrival_s", "departure_s"],
        ),
        date="2023-12-15",
    )


def both(arcs):
    return [(u, v, 60.0 * m) for a, b, m in arcs for u, v in ((a, b), (b, a))]


ROADS = road_network(5, both([(0, 1, 10), (1, 2, 5), (3, 4, 20)]))
AT = {"a": (X[1], Y[1]), "b": (X[2], Y[2]), "c": (X[3], Y[3])}
DAY = timetable(
    AT,
    {"G1": [("a", 480, 480), ("c", 510, 510)], "K2": [("b", 490, 490), ("c", 530, 530)]},
)
DOOR = shapely.Point(100.0, 30.0)


def found(door=DOOR, day=DAY, roads=ROADS, **options):
    return door_to_door(roads, door, day, station_city=pd.Series(dtype=str), **options)


def test_drive_wait_ride_and_drive_on():
    times = found().nodes()
    at = times.at("07:30")
    assert at.tolist() == [0, 10, 15, 60, 80]
    # at 07:35 one is at a 15 minutes before G1; a minute later only K2 is left
    assert times.at("07:35")[4] == 75
    assert times.at("07:36")[4] == 94
    assert times.at("07:40")[3] == 70
    assert times.departures()[4] == 2


def test_the_way_tells_road_and_trains_apart():
    way = found().way(4, "07:33")
    assert (way.minutes, way.access_min, way.egress_min) == (77, 10, 20)
    assert str(way.journey) == "leave 07:33; G1 a 08:00 - c 08:30; arrive 08:30"
    by_road = found().way(2, "07:33")
    assert (by_road.minutes, by_road.access_min, by_road.journey) == (15, 15, None)
    assert found().way(0, "07:33").minutes == 0
    assert found(budget_min=76).way(4, "07:33") is None
    assert found().way(3, "07:33").egress_min == 0


def test_half_a_second_late_is_late():
    slower = road_network(5, [(0, 1, 600.5), (3, 4, 1200.0)])
    exact = road_network(5, [(0, 1, 600.0), (3, 4, 1200.0)])
    only = timetable(AT, {"G1": [("a", 480, 480), ("c", 510, 510)]})
    assert found(roads=exact, day=only).nodes().at("07:35")[4] == 75
    assert found(roads=slower, day=only).nodes().at("07:35")[4] == 75 + 1440
    # and an arrival is told to the next full second
    assert found(roads=slower).nodes().at("07:35")[1] == 601 / 60


def test_budget_cuts_what_takes_longer():
    times = found(budget_min=77).nodes()
    assert times.at("07:33")[4] == 77
    assert np.isinf(times.at("07:32")[4])
    assert times.at("07:32")[3] == 58
    assert found(budget_min=9.99).access_s.empty


def test_places_off_the_network_take_the_way_to_it():
    tail = float(access_minutes([0.02 * 111.320 * np.cos(np.radians(30))])[0])
    near = found(door=shapely.Point(99.98, 30.0))
    assert near.nodes().at("07:30")[0] == pytest.approx(tail, rel=0.01)
    assert near.access_s["a"] == pytest.approx(60 * (10 + tail), abs=3)
    points = gpd.GeoSeries([shapely.Point(X[4] + 0.02, Y[4])], index=["x"], crs=4326)
    assert found().points(points).times.at("07:30")["x"] == pytest.approx(80 + tail, rel=0.01)
    assert np.isinf(found(budget_min=81).points(points).times.at("07:30")["x"])


def test_a_station_too_far_from_the_network_is_not_used():
    train = {"G1": [("a", 480, 480), ("c", 510, 510)]}
    km = 1 / 110.85  # of latitude, degrees
    away = timetable({**AT, "c": (X[3], Y[3] + 16 * km)}, train)
    assert np.isinf(found(day=away).nodes().at("07:30")[3])
    near = timetable({**AT, "c": (X[3], Y[3] + 14 * km)}, train)
    expected = 60 + float(access_minutes(14.0))
    assert found(day=near).nodes().at("07:30")[3] == pytest.approx(expected, abs=0.1)


def test_a_door_or_place_too_far_from_the_network():
    away = shapely.Point(100.0, 29.8)  # 22 km
    with pytest.raises(NetworkError, match=r"the door lies 22\.2 km from the nearest road"):
        found(door=away)
    assert np.isfinite(found(door=away, settings=Settings(join_limit_km=23.0)).nodes().at("07:30"))[
        0
    ]
    points = gpd.GeoSeries([away, DOOR], index=["far", "near"], crs=4326)
    for order in (points, points[::-1]):
        times = found().points(order).times.at("07:30")
        assert np.isinf(times["far"])
        assert times["near"] == 0.0


def test_unknown_nodes_and_minutes_are_refused():
    with pytest.raises(NetworkError, match="no such node: 9"):
        found().way(9, "07:30")
    with pytest.raises(UnknownNameError, match="09:00"):
        found().search("09:00")


class Reference:
    """Earliest arrivals by one time-dependent Dijkstra over states, nothing shared with the scan.

    States: ("out", node) on the way out, ("aboard", train, call, changes), ("in", node) on the
    way in; times in ms after leaving.
    """

    def __init__(self, roads, day, places, *, tail_ms, change_s, leaving_s, options):
        self.changes_max = options["changes_max"]
        self.counting = int(self.changes_max is not None)
        self.alighting_ms = round(60_000 * options["alighting_min"])
        self.arcs = arcs_with_places(roads.csr, places)
        self.calls = {
            trip: rows[["station_id", "arrival_s", "departure_s"]].to_numpy().tolist()
            for trip, rows in day.stop_times.groupby("trip_id")
        }
        self.wait_s = {trip: 60 * waiting_min(day.trips["train"][trip]) for trip in self.calls}
        self.place_of = {station: ("at", i) for i, station in enumerate(day.stops.index)}
        self.tail_ms, self.change_s, self.leaving_s = tail_ms, change_s, leaving_s

    def arrivals(self, origin, spent_ms, longest_ms):
        """Of every node and place, by its key."""
        best, queue, number = {}, [(spent_ms, 0, ("out", origin))], itertools.count(1)
        while queue:
            spent, _, state = heapq.heappop(queue)
            if state in best or spent > longest_ms:
                continue
            best[state] = spent
            step = self.by_train if state[0] == "aboard" else self.by_road
            for time, following in step(spent, *state):
                heapq.heappush(queue, (time, next(number), following))
        return {
            key: min(best.get((way, key), np.inf) for way in ("out", "in")) for key in self.arcs
        }

    def by_road(self, spent, way, here):
        for there, ms in self.arcs[here]:
            yield spent + ms, (way, there)
        for station, at in self.place_of.items():
            if way == "out" and at == here:
                yield from self.boardings(station, spent + self.tail_ms[station], self.wait_s, 0)

    def by_train(self, spent, way, train, i, changes):
        trip, shift = train
        station = self.calls[trip][i][0]
        arrived = spent + self.alighting_ms + self.tail_ms[station]
        yield arrived, ("in", self.place_of[station])
        if i + 1 < len(self.calls[trip]):
            yield self.arrived((trip, shift), i + 1, changes)
        if changes == self.changes_max:
            return
        for target, seconds in self.change_s[station].items():
            ready_s = dict.fromkeys(self.calls, seconds)
            yield from self.boardings(target, spent, ready_s, changes + self.counting)

    def boardings(self, station, spent, ready_s, changes):
        """Trains that leave a station some seconds, by train, after a moment, or later."""
        now = self.leaving_s + -(-spent // 1000)
        for trip, calls in self.calls.items():
            for shift, i in itertools.product(range(-3, 4), range(len(calls) - 1)):
                departure = calls[i][2] + 86_400 * shift
                if calls[i][0] == station and departure >= now + ready_s[trip]:
                    yield self.arrived((trip, shift), i + 1, changes)

    def arrived(self, train, i, changes):
        trip, shift = train
        seconds = self.calls[trip][i][1] + 86_400 * shift - self.leaving_s
        return 1000 * seconds, ("aboard", train, i, changes)


def arcs_with_places(graph, places):
    """(there, ms) by node or place: an edge is cut where places lie on it."""
    arcs = {node: [] for node in range(len(graph.node_ids))}
    arcs |= {("at", i): [] for i in range(len(places))}
    for arc, (u, v, ms) in enumerate(zip(graph.tails, graph.indices, graph.weight_ms, strict=True)):
        cuts = [(0, int(u)), (int(ms), int(v))]
        for i, share in zip(places.point, places.share, strict=True):
            if arc in places.arc[(places.point == i) & (places.share == share)]:
                cuts.append((round(share * int(ms)), ("at", int(i))))
                if share in {0.0, 1.0}:
                    arcs[cuts[-1][1]].append((int(u) if share == 0.0 else int(v), 0))
                    arcs[int(u) if share == 0.0 else int(v)].append((cuts[-1][1], 0))
        for (low, here), (high, there) in itertools.permutations(cuts, 2):
            if low <= high:
                arcs[here].append((there, high - low))
    return arcs


@st.composite
def scenes(draw):
    node = st.integers(0, 4)
    ends = st.tuples(node, node).filter(lambda pair: pair[0] != pair[1])
    arcs = draw(st.lists(st.tuples(ends, st.integers(1, 7200)), min_size=2, max_size=9))
    offsets = st.sampled_from([0.0, 0.003, 0.011, -0.02])
    stations = {}
    for station in "abcd":
        at = draw(node)
        stations[station] = (X[at] + draw(offsets), Y[at])
    trains = {}
    for number in range(draw(st.integers(1, 4))):
        at, calls = draw(st.integers(0, 1439)), []
        for station in draw(st.lists(st.sampled_from("abcd"), min_size=2, max_size=4)):
            if not calls or calls[-1][0] != station:
                arrival = at + (draw(st.integers(1, 300)) if calls else 0)
                at = arrival + draw(st.integers(0, 30))
                calls.append((station, arrival, at))
        if len(calls) > 1:
            trains[draw(st.sampled_from("GC")) + str(number)] = calls
    return road_network(5, [(*e, s + 0.7) for e, s in arcs]), timetable(stations, trains)


@given(
    scenes(),
    st.integers(0, 4),
    st.integers(0, 1439),
    st.fixed_dictionaries(
        {
            "budget_min": st.sampled_from([90, 1500]),
            "changes_max": st.sampled_from([None, 0, 1]),
            "alighting_min": st.sampled_from([0.0, 4.5]),
        }
    ),
)
@hypothesis_settings(deadline=None, max_examples=30)
def test_every_minute_node_and_point_equals_brute_force(scene, origin, first, options):
    """Also over midnight: the window may start in the last minute of the day."""
    roads, day = scene
    budget_ms = 60_000 * options["budget_min"]
    city = pd.Series({"a": "1", "b": "1", "c": "2"})
    settings = Settings(
        change_same_station_min=7, change_between_stations_min=20, join_limit_km=1000.0
    )
    made = door_to_door(
        roads,
        roads.nodes.geometry[origin],
        day,
        station_city=city,
        window=(clock(60 * first), clock(60 * (first + 3) % 86_400)),
        settings=settings,
        **options,
    )
    points = gpd.GeoSeries(gpd.points_from_xy(np.add(X, 0.01), Y), index=list("vwxyz"), crs=4326)
    at_points = made.points(points)
    times = made.nodes()
    door = roads.nodes.geometry[origin]
    places = places_on_edges(roads, gpd.GeoSeries([*day.stops.geometry, door, *points], crs=4326))
    tail_ms = np.rint(access_minutes(places.distance_m / 1000) * 60_000).astype(int)
    assert made.start_ms.tolist() == tail_ms[:5].tolist()
    change_s = {s: {s: 420} for s in "abcd"}
    change_s["a"]["b"] = change_s["b"]["a"] = 1200
    for column, leaving_s in enumerate(times.departure_s.tolist()):
        by_hand = Reference(
            roads,
            day,
            places,
            tail_ms=dict(zip("abcd", tail_ms[:4].tolist(), strict=True)),
            change_s=change_s,
            leaving_s=leaving_s,
            options=options,
        )
        expected = by_hand.arrivals(("at", 4), int(tail_ms[4]), budget_ms)
        minute = clock(leaving_s).partition("+")[0]
        node_ms = [expected[node] for node in range(5)]
        found_ms = made.search(minute).node_ms.tolist()
        assert [np.inf if t < 0 else t for t in found_ms] == node_ms
        assert times.arrival_s[:, column].tolist() == arrivals(node_ms, leaving_s)
        point_ms = np.array([expected["at", 5 + i] + float(tail_ms[5 + i]) for i in range(5)])
        point_ms[point_ms > budget_ms] = np.inf
        assert at_points.times.arrival_s[:, column].tolist() == arrivals(point_ms, leaving_s)
        for node, point in enumerate(points.index):
            check_way(made.way(node, minute), node_ms[node], leaving_s)
            check_way(at_points.way(point, minute), point_ms[node], leaving_s)


def arrivals(time_ms, leaving_s):
    """Whole seconds on the clock, as arrays of departure times hold them."""
    return [NO_ARRIVAL if np.isinf(t) else leaving_s + int(-(-t // 1000)) for t in time_ms]


def check_way(way, expected_ms, leaving_s):
    if way is None:
        assert np.isinf(expected_ms)
        return
    assert way.minutes == pytest.approx(expected_ms / 60_000)
    assert way.access_min + way.egress_min <= way.minutes + 1e-9
    if way.journey is not None:
        first_ride = way.journey.rides[0]
        wait = waiting_min(first_ride.train, DEFAULTS)
        assert way.access_min + wait <= (first_ride.departure_s - leaving_s) / 60


@given(scenes(), st.integers(0, 4), st.integers(0, 1439), st.integers(1, 1439))
@hypothesis_settings(deadline=None, max_examples=10)
def test_a_window_cut_out_of_a_day_is_that_window(scene, origin, first, length):
    roads, day = scene
    options = {
        "station_city": pd.Series(dtype=str),
        "budget_min": 700,
        "settings": Settings(join_limit_km=1000.0),
    }
    door = roads.nodes.geometry[origin]
    window = (clock(60 * first), clock(60 * (first + length) % 86_400))
    whole = door_to_door(roads, door, day, window=WHOLE_DAY, **options).rail.times
    alone = door_to_door(roads, door, day, window=window, **options).rail.times
    cut = whole.within(window)
    assert np.array_equal(cut.arrival_s, alone.arrival_s)
    assert np.array_equal(cut.departure_s, alone.departure_s)
    assert np.array_equal(alone.within(window).arrival_s, alone.arrival_s)


def test_by_rail_only_every_way_has_a_train():
    made = found(by_road=False)
    assert np.isinf(made.nodes().at("07:30")[1])
    assert made.nodes().at("07:30")[4] == 80
    places = made.points(gpd.GeoSeries([shapely.Point(AT["a"])], index=["x"], crs=4326))
    assert places.way("x", "07:30") is None


def test_rail_never_makes_a_way_longer_and_more_budget_never_loses_one():
    alone = found(
        day=timetable({"a": AT["a"], "c": AT["c"]}, {"G1": [("c", 480, 480), ("a", 510, 510)]})
    )
    times, road = found().nodes(), alone.nodes()
    assert (times.arrival_s <= road.arrival_s).all()
    small = found(budget_min=70).nodes()
    kept = small.arrival_s != NO_ARRIVAL
    assert (small.arrival_s[kept] == times.arrival_s[kept]).all()
    assert (times.travel_s[~kept[:, :-1]] > 70 * 60).all()


def test_beijing_by_schematic_roads_and_the_national_timetable(shared):
    day = Timetable.from_gtfs(shared("rail/china_rail_2023-12-15.gtfs.zip"))
    cities, roads = load_cluster("jing-jin-ji").cities, schematic_roads()
    city = reference.stations()["adcode"].dropna()
    made = door_to_door(roads, cities.geometry["110000"], day, station_city=city)
    times = made.points(cities.geometry).times
    driving = road_minutes(roads, cities, "110000").drop("110000")

    slower = times.table()["fastest_min"].drop("110000") - driving
    assert (slower < 2 / 60).all()  # the car is always there; rounding up to a second twice
    # Langfang is nearer by road than by any train; Shijiazhuang, 280 km off, is not
    assert abs(slower["131000"]) < 2 / 60
    assert slower["130100"] < -60
    for minute in ("07:00", "07:59", "08:30"):
        node = roads.snap(cities.geometry[["130100"]])[0][0]
        way = made.way(int(node), minute)
        rides = way.journey.rides
        assert (rides[0].train[0], len(rides), rides[-1].to_id) == ("G", 1, "SJP")
        waited = rides[0].departure_s - way.journey.leaving_s - 60 * way.access_min
        assert waited >= 60 * DEFAULTS.waiting_min
        after = (rides[-1].arrival_s - way.journey.leaving_s) / 60 + way.egress_min
        assert after == pytest.approx(way.minutes)
