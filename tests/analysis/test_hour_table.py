"""The one-hour table: rows of main stations, with the shares of their own definition and day."""

import pandas as pd

from toolkit.analysis.hour_table import one_hour_table

CASE = {"core_adcode": "a", "statistic": "fastest", "window": "", "is_leading": True}


def times(**changes):
    """One row of travel times."""
    row = {
        **CASE, "core_zh": "甲", "core_en": "A", "city_adcode": "b", "city_zh": "乙",
        "city_en": "B", "definition": "door_to_door", "station_set": "main",
        "timetable_date": "2023-12-15", "minutes": 70.0, "within_45": False,
        "within_60": False, "itinerary": "road",
    }  # fmt: skip
    return {**row, **changes}


def share(**changes):
    """Share of a prefecture's residents within a threshold."""
    row = {
        **CASE, "adcode": "b", "definition": "door_to_door", "timetable_date": "2023-12-15",
        "minutes": 60, "population_share": 0.4,
    }  # fmt: skip
    return {**row, **changes}


def test_a_row_takes_the_shares_of_its_own_case():
    rows = pd.DataFrame(
        [
            times(),
            times(timetable_date="2016-11-13", minutes=90.0),
            times(station_set="any", minutes=50.0),
            times(definition="fastest_train", minutes=30.0),
            times(definition="road_free_flow", station_set="", timetable_date="", minutes=95.0),
        ]
    )
    shares = pd.DataFrame(
        [
            share(),
            share(minutes=45, population_share=0.1),
            share(timetable_date="2016-11-13", population_share=0.2),
            share(definition="road_free_flow", timetable_date="", population_share=0.0),
            share(statistic="median", population_share=0.9),
            share(adcode="c", population_share=0.8),
        ]
    )
    table = one_hour_table(rows, shares)
    assert table["minutes"].tolist() == [70.0, 90.0, 30.0, 95.0]
    assert table["population_share_60"].fillna(-1).tolist() == [0.4, 0.2, -1, 0.0]
    assert table["population_share_45"].fillna(-1).tolist() == [0.1, -1, -1, -1]


def test_without_people_the_shares_are_missing():
    table = one_hour_table(pd.DataFrame([times()]), pd.DataFrame())
    assert table["population_share_60"].isna().all()
    assert list(table.columns[-3:]) == ["population_share_45", "population_share_60", "itinerary"]
