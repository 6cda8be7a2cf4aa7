"""New lines in a timetable: a drawn line by hand, and Hengshui in the circle of Beijing."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString

from toolkit.analysis.definitions import load_definitions
from toolkit.analysis.line_speed import (
    fit_cruise_share,
    line_speed_needed,
    operating_examples,
    running_minutes,
)
from toolkit.analysis.rail import ServiceView
from toolkit.analysis.rail_lines import RailLine, drawn_lines, line_services
from toolkit.analysis.rail_scenarios import rail_scenario, with_line, without_lines
from toolkit.analysis.reach import travel_times
from toolkit.analysis.scenario_examples import rail_example
from toolkit.analysis.stations import city_stations
from toolkit.clusters import load_cluster
from toolkit.errors import MissingDataError, NetworkError, UnknownNameError
from toolkit.networks.geodesy import line_lengths_m
from toolkit.networks.timetable import Timetable

BEIJING, HENGSHUI = "110000", "131100"


@pytest.fixture(scope="module")
def timetable():
    return Timetable.from_reference("2023-12-15")


@pytest.fixture(scope="module")
def cities():
    return load_cluster("jing-jin-ji").cities


@pytest.fixture(scope="module")
def view(timetable, cities):
    return ServiceView.build(timetable, city_stations(timetable.stops, cities), "main")


def fastest(cities, view):
    """Minutes of the fastest train from Beijing, index adcode."""
    definition = load_definitions()["fastest_train"]
    times = travel_times(cities, [BEIJING], [definition], trains=[view])
    return times.set_index("city_adcode")["minutes"]


def test_services_of_a_line_by_hand():
    stations = pd.DataFrame(
        {
            "name_zh": list("甲乙丙"),
            "name_en": list("ABC"),
            "adcode": list("123"),
            "lon": [116.0, 117.0, 118.0],
            "lat": 40.0,
            "km": [0.0, 85.0, 170.0],
        },
        index=list("abc"),
    )
    line = RailLine("新线", "New", 250.0, stations)
    services = line_services(line, trains_per_day=20).set_index(["from_id", "to_id"])
    assert len(services) == 6
    assert services.loc[("a", "c"), "fastest_min"] == np.ceil(running_minutes([170], 250))
    assert services.loc[("c", "a"), "fastest_min"] == services.loc[("a", "c"), "fastest_min"]
    assert services.loc[("a", "b"), "fastest_min"] == services.loc[("b", "c"), "fastest_min"]
    assert set(services["fastest_train"]) == {"modelled"}
    assert set(services["trains_per_day"]) == {20}


def test_through_trains_are_the_sum_of_both_runs_and_a_dwell(timetable, cities, view):
    later = with_line(view, rail_example("xiongan-shangqiu"), cities, services=timetable.services())
    runs = later.between_stations.set_index(["from_id", "to_id"])["fastest_min"]
    known = timetable.services().set_index(["from_id", "to_id"])["fastest_min"]
    to_xiongan = known[("BXP", "IQP")]  # Beijing West to Xiong'an, 50 minutes
    on_line = line_services(rail_example("xiongan-shangqiu"))["fastest_min"].iloc[0]
    assert runs[("BXP", "new-hengshui-south")] == to_xiongan + 2 + on_line
    back = known[("IQP", "BXP")]
    assert runs[("new-hengshui-south", "BXP")] == on_line + 2 + back


def test_what_hengshui_needs_to_enter_the_circle(timetable, cities, view):
    services = timetable.services()
    assert fastest(cities, view)[HENGSHUI] == 128
    under_construction = with_line(
        view, rail_example("xiongan-shangqiu"), cities, services=services
    )
    # over the line to Xiong'an there is today, the new line alone is not enough
    assert 60 < fastest(cities, under_construction)[HENGSHUI] < 90
    whole = rail_example("beijing-hengshui")
    assert fastest(cities, with_line(view, whole, cities, services=services))[HENGSHUI] == 59
    # and by the share of line speed that trains really keep, not even with the whole of it
    model, _ = fit_cruise_share(operating_examples())
    slower = with_line(view, whole, cities, services=services, model=model)
    assert 60 < fastest(cities, slower)[HENGSHUI] <= 66
    km = whole.stations["km"].iloc[-1]
    assert 340 < line_speed_needed([km], 60.0) < 350 < line_speed_needed([km], 60.0, model=model)


def test_a_line_never_makes_a_journey_longer_and_leaves_the_view_as_it_was(timetable, cities, view):
    rows, stations = len(view.between_stations), len(view.stations)
    before = fastest(cities, view)
    for name in ("xiongan-shangqiu", "beijing-hengshui"):
        later = with_line(view, rail_example(name), cities, services=timetable.services())
        after = fastest(cities, later)
        assert (after.fillna(np.inf) <= before.fillna(np.inf)).all()
        assert after.drop(HENGSHUI).equals(before.drop(HENGSHUI))
        assert later.between_stations.dtypes.equals(view.between_stations.dtypes)
        assert later.between_cities.dtypes.equals(view.between_cities.dtypes)
    assert (len(view.between_stations), len(view.stations)) == (rows, stations)


def test_only_stations_of_the_set_are_added(cities, view):
    line = rail_example("beijing-hengshui")
    later = with_line(view, line, cities)
    assert "new-hengshui-south" in later.stations.index
    assert later.stations.loc["new-hengshui-south", "is_main"]
    assert "IQP" not in later.stations.index  # Xiong'an is no main station of Baoding
    assert isinstance(later.stations, gpd.GeoDataFrame)
    assert (later.station_city == later.stations["adcode"]).all()
    cities_now = later.between_cities
    new = cities_now[cities_now["counts"] == "modelled"]
    assert set(new["from_adcode"]) >= {BEIJING, HENGSHUI}
    assert (new["from_adcode"] != new["to_adcode"]).all()


def test_removing_what_was_added_restores_every_row(timetable, cities, view):
    lines = [rail_example(name) for name in ("beijing-hengshui", "beijing-tangshan")]
    later = rail_scenario(view, add=lines, cities=cities, services=timetable.services())
    assert len(later.between_stations) > len(view.between_stations)
    again = without_lines(later)
    for name in ("between_stations", "between_cities", "stations"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(view, name))
    pd.testing.assert_series_equal(again.station_city, view.station_city)


def test_as_of_a_date_only_what_is_open_is_added(cities, view):
    line = rail_example("beijing-tangshan")  # opened 2025-12-30
    for date, new in (("2025-12-29", False), ("2025-12-30", True), ("2025", True), ("2024", False)):
        later = rail_scenario(view, add=[line], as_of=date, cities=cities)
        assert ("new-beijing-tongzhou" in later.stations.index) == new
    planned = rail_example("beijing-hengshui")
    assert rail_scenario(view, add=[planned], as_of="2030", cities=cities) is view


def test_a_closed_station_has_no_trains(cities, view):
    closed = rail_scenario(view, remove=["TJP"], cities=cities)  # Tianjin; its other stations stay
    ends = closed.between_stations[["from_id", "to_id"]].to_numpy()
    assert "TJP" not in ends
    assert "TJP" not in closed.stations.index
    before = fastest(cities, view)
    after = fastest(cities, closed)
    assert (after.fillna(np.inf) >= before.fillna(np.inf)).all()
    assert after["120000"] > before["120000"]  # 30 minutes to Tianjin station


def test_a_drawn_line_joins_the_stations_at_its_ends(timetable):
    stations = timetable.stops
    drawn = gpd.GeoDataFrame(
        {"name": ["new"], "line_speed_kmh": [350.0], "opened": ["2030-01-01"]},
        geometry=[LineString([stations.geometry["VNP"], (116.0, 39.0), stations.geometry["TSP"]])],
        crs=4326,
    )
    (line,) = drawn_lines(drawn.to_crs(32650), stations)
    assert line.stations.index.tolist() == ["VNP", "TSP"]
    metres = line_lengths_m(drawn.geometry.to_numpy())[0]
    assert line.stations["km"].tolist() == pytest.approx([0.0, metres / 1000], rel=1e-6)
    assert (line.opened, line.name_en) == ("2030-01-01", "new")
    (given,) = drawn_lines(drawn.assign(length_km=300.0), stations)
    assert given.stations["km"].tolist() == [0.0, 300.0]
    with pytest.raises(NetworkError, match="no line_speed_kmh"):
        drawn_lines(drawn.drop(columns="line_speed_kmh"), stations)
    far = drawn.set_geometry([LineString([stations.geometry["VNP"], (130.0, 20.0)])], crs=4326)
    with pytest.raises(NetworkError, match="from the nearest station"):
        drawn_lines(far, stations)


def test_lines_that_are_none_are_refused():
    stations = rail_example("beijing-hengshui").stations
    with pytest.raises(MissingDataError, match="do not rise"):
        RailLine("", "Back", 300.0, stations.iloc[::-1])
    with pytest.raises(MissingDataError, match="no km"):
        RailLine("", "Short", 300.0, stations.drop(columns="km"))
    with pytest.raises(UnknownNameError, match="choose among xiongan-shangqiu"):
        rail_example("maglev")
