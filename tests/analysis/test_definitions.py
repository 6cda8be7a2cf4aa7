"""Definitions are data: the built-in ones say what the texts say, mistakes are named."""

from dataclasses import replace

import pytest

from toolkit.analysis.definitions import Definition, load_definitions
from toolkit.errors import InputFileError
from toolkit.settings import DEFAULTS


def test_built_in_definitions_count_what_their_names_say():
    found = load_definitions()
    assert [d.code for d in found.values()] == ["D1", "D2", "D3", "D4", "road"]
    assert not found["fastest_train"].waiting
    assert found["usual_train"].statistic == "median"
    assert found["usual_train"].least_trains == 10
    assert found["station_to_station"].waiting
    assert found["door_to_door"].windows == ("07:00-09:00", "whole day")
    assert found["door_to_door"].statistics == ("fastest", "median", "p90")
    assert (found["door_to_door"].window, found["door_to_door"].statistic) == (
        "07:00-09:00",
        "fastest",
    )
    assert not found["fastest_train"].windows
    assert not found["station_to_station"].access
    assert found["door_to_door"].access
    assert found["door_to_door"].modes == ("rail", "road")
    assert not found["road_free_flow"].rail
    assert all(d.name_zh and d.meaning_zh and d.meaning_en for d in found.values())


def test_a_users_own_definition(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        '[hourly]\ncode = "X"\nname_en = "Hourly"\nname_zh = "每小时"\nmeaning_en = "m"\n'
        'meaning_zh = "义"\nmodes = ["rail"]\nleast_trains = 16\n',
        encoding="utf-8",
    )
    own = load_definitions(path)["hourly"]
    assert own == Definition(
        "hourly", "X", "Hourly", "每小时", "m", "义", ("rail",), least_trains=16
    )


WHOLE = '[x]\ncode=""\nname_en=""\nname_zh=""\nmeaning_en=""\nmeaning_zh=""\n'
RAIL = WHOLE + 'modes=["rail"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[x\n", "not valid TOML"),
        ("x = 1\n", "x is not a table"),
        ('[x]\ncode = "X"\n', "incomplete"),
        ("[x]\nspeed = 3\n", "unknown keys speed"),
        (WHOLE + 'modes=["boat"]\n', "modes"),
        (WHOLE + 'modes="rail"\n', "modes is not a list"),
        (RAIL + 'statistics=["mean"]\n', "statistics 'mean' is unknown"),
        (RAIL + "statistics=[]\n", "statistics '' is unknown"),
        (RAIL + 'statistics=["median"]\nwaiting=true\n', "in-vehicle times only"),
        (RAIL + 'statistics=["p90"]\n', "without windows there is one statistic"),
        (RAIL + "changes=-1\n", "changes must not be negative"),
        (RAIL + 'windows=["morning"]\n', "'morning' is not a departure window"),
        (RAIL + 'windows=["07:00-25:00"]\n', "'25:00' is not a time of day"),
        (RAIL + 'windows=["whole day"]\nleast_trains=2\n', "least_trains counts direct trains"),
        (RAIL + "access_speed_kmh=0\n", "must be above 0"),
        (RAIL + "waiting_min=-1\n", "must not be negative"),
    ],
)
def test_mistakes_are_named(tmp_path, text, message):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFileError, match=message):
        load_definitions(path)


def test_missing_file(tmp_path):
    with pytest.raises(InputFileError, match="cannot be read"):
        load_definitions(tmp_path / "none.toml")


def test_a_definition_adjusts_the_settings():
    known = load_definitions()
    assert known["door_to_door"].adjust(DEFAULTS) == DEFAULTS
    cycling = replace(known["door_to_door"], waiting_min=8.0, access_speed_kmh=15.0)
    adjusted = cycling.adjust(DEFAULTS)
    assert (adjusted.waiting_min, adjusted.waiting_intercity_min) == (8.0, 8.0)
    assert adjusted.access_speed_kmh == 15.0
    assert known["fastest_train"].adjust(DEFAULTS).waiting_intercity_min == 0.0
