"""Definitions are data: the built-in ones say what the texts say, mistakes are named."""

import pytest

from toolkit.analysis.definitions import Definition, load_definitions
from toolkit.errors import InputFileError


def test_built_in_definitions_count_what_their_names_say():
    found = load_definitions()
    assert [d.code for d in found.values()] == ["D1", "D2", "D3", "D4", "road"]
    assert not found["fastest_train"].waiting
    assert found["usual_train"].statistic == "median"
    assert found["usual_train"].least_trains == 10
    assert found["station_to_station"].waiting
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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[x\n", "not valid TOML"),
        ("x = 1\n", "x is not a table"),
        ('[x]\ncode = "X"\n', "incomplete"),
        ("[x]\nspeed = 3\n", "unknown keys speed"),
        (WHOLE + 'modes=["boat"]\n', "modes"),
        (WHOLE + 'modes=["rail"]\nstatistic="mean"\n', "statistic 'mean' is unknown"),
        (
            WHOLE + 'modes=["rail"]\nstatistic="median"\nwaiting=true\n',
            "in-vehicle times only",
        ),
        (WHOLE + 'modes=["rail"]\nchanges=2\n', "changes must be 0 or 1"),
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
