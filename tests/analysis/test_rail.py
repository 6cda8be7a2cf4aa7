"""Journeys by train: closed forms on a drawn network, and invariants.

a1 ──30──> b ──20──> c        a1, a2 in city A; b in B; c, c2 in C; d in D
a2 ──50──────────> c2 ──10──> d
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.analysis.rail import access_minutes, rail_arrivals, waiting_min
from toolkit.settings import Settings

CITY = pd.Series({"a1": "A", "a2": "A", "b": "B", "c": "C", "c2": "C", "d": "D"})
SERVICES = pd.DataFrame(
    [("a1", "b", 30, "G1"), ("b", "c", 20, "C2"), ("a2", "c2", 50, "K3"), ("c2", "d", 10, "G4")],
    columns=["from_id", "to_id", "fastest_min", "fastest_train"],
)
FROM_A = pd.Series({"a1": 0.0, "a2": 0.0})


def minutes(**options):
    defaults = {"waiting": False, "changes": 0}
    return rail_arrivals(SERVICES, CITY, FROM_A, **{**defaults, **options}).minutes


def test_direct_trains_only_in_vehicle():
    found = minutes()
    assert found["b"] == 30
    assert found["c2"] == 50
    assert np.isinf(found[["a1", "a2", "c", "d"]]).all()


def test_waiting_depends_on_the_kind_of_train():
    assert minutes(waiting=True)["b"] == 30 + 15
    assert waiting_min("C2", Settings(waiting_intercity_min=8)) == 8


def test_a_change_costs_more_between_stations_than_within_one():
    found = minutes(changes=1)
    assert found["c"] == 30 + 15 + 20  # change at b
    assert found["d"] == 50 + 15 + 10  # change at c2
    only_c = SERVICES.assign(to_id=SERVICES["to_id"].replace("c2", "c"))
    across = rail_arrivals(only_c, CITY, FROM_A, waiting=False, changes=1)
    assert across.minutes["d"] == 50 + 40 + 10  # arrive at c, walk to c2
    assert [leg.train for leg in across.itinerary["d"]] == ["K3", "G4"]


def test_head_start_of_each_origin_counts():
    late = pd.Series({"a1": 25.0, "a2": 0.0})
    found = rail_arrivals(SERVICES, CITY, late, waiting=False, changes=0)
    assert found.minutes["b"] == 55


def test_itinerary_adds_up():
    found = rail_arrivals(SERVICES, CITY, FROM_A, waiting=True, changes=1)
    legs = found.itinerary["c"]
    assert sum(leg.minutes for leg in legs) + 15 + 15 == found.minutes["c"]
    assert found.itinerary["a1"] == ()


def test_no_services_at_all():
    nothing = rail_arrivals(SERVICES.iloc[:0], CITY, FROM_A, waiting=True, changes=1)
    assert np.isinf(nothing.minutes).all()


def test_access_is_a_detour_at_speed():
    assert access_minutes([10.0], Settings(access_detour=1.5, access_speed_kmh=30))[0] == 30.0


services = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde"), st.integers(1, 200)),
    min_size=1,
    max_size=25,
)


@given(services, st.permutations(range(25)))
def test_against_brute_force_and_independent_of_row_order(rows, order):
    table = pd.DataFrame(
        [(u, v, m, f"G{i}") for i, (u, v, m) in enumerate(rows) if u != v],
        columns=["from_id", "to_id", "fastest_min", "fastest_train"],
    )
    city = pd.Series({"a": "1", "b": "2", "c": "2", "d": "3", "e": "4"})
    start = pd.Series({"a": 0.0})
    found = rail_arrivals(table, city, start, waiting=True, changes=1).minutes
    best = {(r.from_id, r.to_id): 10**9 for r in table.itertuples()}
    for r in table.itertuples():
        best[r.from_id, r.to_id] = min(best[r.from_id, r.to_id], r.fastest_min)
    for target in city.index:
        ways = [15 + best["a", target]] if ("a", target) in best else []
        for (u, middle), first in best.items():
            for (boarding, end), second in best.items():
                if u == "a" and end == target and city[middle] == city[boarding]:
                    ways.append(15 + first + (15 if middle == boarding else 40) + second)
        assert found[target] == (min(ways) if ways else np.inf)
    shuffled = table.iloc[[i for i in order if i < len(table)]]
    pd.testing.assert_series_equal(
        rail_arrivals(shuffled, city, start, waiting=True, changes=1).minutes, found
    )


def test_one_more_service_never_makes_a_journey_longer():
    before = minutes(changes=1)
    more = pd.concat(
        [SERVICES, pd.DataFrame([("b", "d", 5, "G9")], columns=SERVICES.columns)],
        ignore_index=True,
    )
    after = rail_arrivals(more, CITY, FROM_A, waiting=False, changes=1).minutes
    assert (after <= before).all()
    assert after["d"] == pytest.approx(30 + 15 + 5)
