"""The seeds against services between real cities, two timetables."""

import geopandas as gpd
import pandas as pd
import pytest

from toolkit.claims import CheckInputs, check_claim, find_claim, load_claims
from toolkit.clusters import load_cluster

DATES = ("2016-11-13", "2023-12-15")


@pytest.fixture
def inputs(shared):
    cluster = load_cluster("jing-jin-ji")
    members = set(cluster.cities.index)
    tables = []
    for station_set in ("core25", "any"):
        for date in DATES:
            path = shared(f"rail/city_od_{station_set}_{date}.csv")
            table = pd.read_csv(path, dtype={"from_adcode": str, "to_adcode": str})
            table = table[table["from_adcode"].isin(members) & table["to_adcode"].isin(members)]
            train_class = table["class_group"].map({"HSR": "fast", "other": "other"})
            tables.append(
                table.assign(train_class=train_class, station_set=station_set, timetable_date=date)
            )
    pairs = pd.concat(tables, ignore_index=True)
    stations = pd.read_csv(shared("rail/stations.csv"), dtype=str).set_index("station_id")
    points = gpd.points_from_xy(stations["lon"].astype(float), stations["lat"].astype(float))
    from_beijing = pairs[pairs["from_adcode"] == "110000"].sort_values("fastest_min")
    fastest = from_beijing.drop_duplicates(["to_adcode", "station_set", "timetable_date"])
    times = pd.DataFrame(
        {
            "core_adcode": "110000",
            "city_adcode": fastest["to_adcode"],
            "definition": "fastest_train",
            # Stations within 25 km of the seat stand in for the main ones.
            "station_set": fastest["station_set"].replace("core25", "main"),
            "timetable_date": fastest["timetable_date"],
            "minutes": fastest["fastest_min"],
            "fastest_train": fastest["fastest_train"],
        }
    )
    stations = gpd.GeoDataFrame(stations, geometry=points, crs="EPSG:4326")
    return CheckInputs(cluster=cluster, city_times=times, city_pairs=pairs, stations=stations)


def test_a1_fails_under_either_timetable_and_any_station(inputs):
    verdict = check_claim(find_claim(load_claims(), "A1"), inputs)
    assert (verdict.outcome, verdict.margin, verdict.decisive.zh) == ("fails", -68, "衡水")
    train = verdict.evidence.table.set_index("name_zh").at["衡水", "fastest_train"]
    assert train == "D727"
    assert not verdict.sensitivity["holds"].any()


def test_a2_holds_by_2023_and_not_by_2016(inputs):
    verdict = check_claim(find_claim(load_claims(), "A2"), inputs)
    assert (verdict.outcome, verdict.margin) == ("holds", 28)
    hengshui = verdict.evidence.table.set_index("name_zh").loc["衡水"]
    assert hengshui["trains_per_day"] == 29
    assert (hengshui["fastest_train"], hengshui["from_station_zh"]) == ("D1626", "衡水北")
    old = verdict.sensitivity.query("timetable_date == '2016-11-13' and threshold == 1")
    assert set(old["failing_zh"].iloc[0].split("；")) == {"张家口", "承德", "衡水"}


def test_a4_depends_on_the_cities_meant(inputs):
    verdict = check_claim(find_claim(load_claims(), "A4"), inputs)
    assert verdict.outcome == "depends"
    deciding = verdict.sensitivity[verdict.sensitivity["decides"]].set_index("reading")
    assert deciding.loc["named to Beijing", "margin"] == 26
    assert deciding.loc["named, all pairs", "margin"] == -37
    assert deciding.loc["all members", "inside"] == 26
