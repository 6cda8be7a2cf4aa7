"""The connection scan against search in a time-expanded graph, to the second, and closed forms.

Connections of the drawn network, minutes of the clock:

0 --10..30--> 1 --40..60--> 2 --61..90--> 3       one train, calls at all
0 --20..35------------------------------> 3'      another, to 3; 3' and 3 are one station
              1 --30..50--> 2                     a third
"""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.analysis.kernels.connection_scan import (
    NEVER,
    arrival_slots,
    earliest_arrivals,
    profile_scan,
    traced,
)


class Net:
    """Connections (departure, arrival, from, to, run), changes and access as dicts."""

    def __init__(self, connections, changes, access, *, waiting=None, n_stops=4):
        self.rows = sorted(connections)
        columns = np.array(self.rows, dtype=np.int32).reshape(-1, 5).T
        self.departure, self.arrival, self.start, self.end, self.run = np.ascontiguousarray(columns)
        self.changes, self.access, self.n_stops = changes, access, n_stops
        self.waiting = np.array(waiting or [0] * 9, dtype=np.int32)[self.run]
        self.slots = arrival_slots(self.end, self.arrival, n_stops)

    def scan(self, *, first_s=0, last_s=10**6, changes_max=None):
        pairs = sorted((end, start, s) for (start, end), s in self.changes.items())
        ends = np.array([end for end, _, _ in pairs], dtype=np.int64)
        access = np.full(self.n_stops, -1, dtype=np.int32)
        for stop, seconds in self.access.items():
            access[stop] = seconds
        return profile_scan(
            self.departure, self.arrival, self.start, self.run, self.waiting, self.slots,
            np.searchsorted(ends, np.arange(self.n_stops + 1)),
            np.array([start for _, start, _ in pairs], dtype=np.int32),
            np.array([s for _, _, s in pairs], dtype=np.int32),
            access, n_runs=9, first_s=first_s, last_s=last_s, changes_max=changes_max,
        )  # fmt: skip

    def arrivals(self, leaving, **options):
        times = np.array(leaving, dtype=np.int32)
        scan = self.scan(first_s=int(times[0]), **options)
        return earliest_arrivals(scan, self.slots, times)

    def reference(self, leaving, changes_max=None):
        """Earliest arrival at each stop by Dijkstra in the time-expanded graph."""
        graph = nx.DiGraph()
        graph.add_node("door")
        layers = 1 if changes_max is None else changes_max + 1
        for i, (departure, arrival, start, _, run) in enumerate(self.rows):
            if start in self.access:
                at = leaving + self.access[start] + int(self.waiting[i])
                if at <= departure:
                    graph.add_edge("door", (i, 0), weight=arrival - leaving)
            for j, (later, arrival_j, start_j, _, run_j) in enumerate(self.rows):
                for layer in range(layers):
                    if run == run_j and later >= arrival:
                        graph.add_edge((i, layer), (j, layer), weight=arrival_j - arrival)
                    change = self.changes.get((self.rows[i][3], start_j))
                    target = layer if changes_max is None else layer + 1
                    if change is not None and arrival + change <= later and target < layers:
                        graph.add_edge((i, layer), (j, target), weight=arrival_j - arrival)
        lengths = nx.single_source_dijkstra_path_length(graph, "door")
        best = [NEVER] * self.n_stops
        for node, length in lengths.items():
            if node != "door":
                end = self.rows[node[0]][3]
                best[end] = min(best[end], leaving + length)
        return best


def drawn(**options):
    rows = [(10, 30, 0, 1, 0), (40, 60, 1, 2, 0), (61, 90, 2, 3, 0), (20, 35, 0, 3, 1),
            (30, 50, 1, 2, 2)]  # fmt: skip
    same = options.pop("same", 0)
    return Net(rows, {(s, s): same for s in range(4)}, options.pop("access", {0: 0}), **options)


def test_each_time_of_leaving_has_its_earliest_arrival():
    found = drawn().arrivals([0, 10, 11, 20, 21])
    assert found.tolist() == [
        [NEVER] * 5,
        [30, 30, NEVER, NEVER, NEVER],
        [50, 50, NEVER, NEVER, NEVER],
        [35, 35, 35, 35, NEVER],
    ]


def test_a_change_that_takes_a_second_too_long_is_missed():
    assert drawn(same=0).arrivals([0])[2, 0] == 50
    assert drawn(same=1).arrivals([0])[2, 0] == 60


def test_staying_in_the_train_needs_no_change():
    net = drawn()
    net.changes = {}
    assert net.arrivals([0])[:, 0].tolist() == [NEVER, 30, 60, 35]


def test_changes_can_be_limited():
    assert drawn().arrivals([0], changes_max=0)[2, 0] == 60
    assert drawn().arrivals([0], changes_max=1)[2, 0] == 50


def test_waiting_depends_on_the_train_and_counts_at_the_door_only():
    net = drawn(waiting=[5, 20, 99])
    assert net.arrivals([0, 1, 5, 6]).tolist() == [
        [NEVER] * 4,
        [30, 30, 30, NEVER],
        [50, 50, 50, NEVER],
        [35, 90, 90, NEVER],
    ]


def test_access_to_several_stations():
    found = drawn(access={0: 8, 1: 25}).arrivals([0, 2, 3, 5, 6, 15, 16])
    assert found[2].tolist() == [50, 50, 50, 50, 60, 60, NEVER]


def test_a_way_between_stations_is_not_continued_without_a_train():
    net = drawn()
    # 3 is a walk of 5 from 1, but from nowhere does one walk twice or arrive on foot
    net.changes = {(1, 3): 5, (3, 0): 1}
    net.rows.append((36, 38, 3, 0, 3))
    net = Net(net.rows, net.changes, {0: 0})
    assert net.arrivals([0])[:, 0].tolist() == [38, 30, 60, 35]


def test_trains_before_the_first_and_after_the_last_time_are_not_looked_at():
    assert drawn().arrivals([0], last_s=39)[2, 0] == 50
    assert drawn().arrivals([0], last_s=29)[2, 0] == NEVER
    assert (drawn().scan(first_s=21).value == -1).all()


def test_journey_leaves_late_and_changes_little():
    # two trains to 1 arrive together at 60: one leaves at 10, the other at 20; to 2 one can
    # change at 1 or stay
    net = Net(
        [(10, 60, 0, 1, 0), (20, 60, 0, 1, 1), (70, 80, 1, 2, 1), (70, 80, 1, 2, 2)],
        {(1, 1): 0},
        {0: 0},
    )
    scan = net.scan()
    assert traced(scan, net.slots, 1, 5) == (20, [(1, 1)])
    latest, rides = traced(scan, net.slots, 2, 5)
    assert latest == 20
    assert [net.rows[first][4] for first, _ in rides] == [1]
    assert traced(scan, net.slots, 2, 21) == (21, [])


def test_arrays_that_cannot_be_scanned_are_refused():
    net = drawn()
    net.departure = net.departure[::-1].copy()
    with pytest.raises(ValueError, match="in order of departure"):
        net.scan()
    net = drawn()
    net.arrival = net.departure.copy()
    with pytest.raises(ValueError, match="take time"):
        net.scan()
    net = drawn()
    net.run = net.run[:-1]
    with pytest.raises(ValueError, match="differ in length"):
        net.scan()
    net = drawn()
    net.n_stops = 5
    with pytest.raises(ValueError, match="5 stations"):
        net.scan()


def test_no_connections_at_all():
    assert Net([], {}, {0: 0}).arrivals([0]).tolist() == [[NEVER]] * 4


@st.composite
def nets(draw):
    rows = []
    for run in range(draw(st.integers(1, 7))):
        at, stop = draw(st.integers(0, 60)), draw(st.integers(0, 4))
        for _ in range(draw(st.integers(1, 4))):
            following = draw(st.integers(0, 4).filter(lambda s, stop=stop: s != stop))
            arrival = at + draw(st.integers(1, 25))
            rows.append((at, arrival, stop, following, run))
            at, stop = arrival + draw(st.integers(0, 8)), following
    pairs = st.tuples(st.integers(0, 4), st.integers(0, 4))
    changes = draw(st.dictionaries(pairs, st.integers(0, 15), max_size=9))
    access = draw(st.dictionaries(st.integers(0, 4), st.integers(0, 20), min_size=1, max_size=3))
    waiting = draw(st.lists(st.integers(0, 12), min_size=9, max_size=9))
    return Net(rows, changes, access, waiting=waiting, n_stops=5)


LEAVING = list(range(0, 75, 3))


@given(nets(), st.sampled_from([None, 0, 1, 2]))
def test_arrivals_equal_those_of_a_time_expanded_graph(net, changes_max):
    found = net.arrivals(LEAVING, changes_max=changes_max)
    for column, leaving in enumerate(LEAVING):
        assert found[:, column].tolist() == net.reference(leaving, changes_max), leaving


@given(nets(), st.sampled_from([None, 0, 1, 2]))
def test_journeys_can_be_travelled_and_are_the_latest_with_the_fewest_changes(net, changes_max):
    scan = net.scan(changes_max=changes_max)
    for leaving in LEAVING[::6]:
        expected = net.reference(leaving, changes_max)
        for stop in range(net.n_stops):
            latest, rides = traced(scan, net.slots, stop, leaving)
            if expected[stop] == NEVER:
                assert rides == []
                continue
            ready = latest
            for i, (first, last) in enumerate(rides):
                departure, _, start, _, run = net.rows[first]
                assert net.rows[last][4] == run
                if i == 0:
                    assert ready + net.access[start] + net.waiting[first] == departure
                else:
                    assert ready + net.changes[net.rows[rides[i - 1][1]][3], start] <= departure
                ready = net.rows[last][1]
            assert net.rows[rides[-1][1]][3] == stop
            assert ready == expected[stop]
            assert latest >= leaving
            assert net.reference(latest + 1, changes_max)[stop] > ready
            if len(rides) > 1:
                assert net.reference(latest, len(rides) - 2)[stop] > ready


@given(nets())
def test_more_changes_or_leaving_earlier_never_make_one_later(net):
    limited = [net.arrivals(LEAVING, changes_max=most) for most in (0, 1, 2)]
    free = net.arrivals(LEAVING)
    for more, fewer in zip([*limited[1:], free], limited, strict=True):
        assert (more <= fewer).all()
    assert (np.diff(free.astype(np.int64), axis=1) >= 0).all()
