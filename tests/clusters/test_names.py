"""How names are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.clusters.names import look_up, nearest_names, normal_form
from toolkit.errors import UnknownNameError


@pytest.mark.parametrize(
    "name", ["Xi'an", "xi’an", "XI AN", "Ｘｉａｎ", "Xī'ān"]
)  # fmt: skip
def test_case_width_accents_and_punctuation_do_not_count(name):
    assert normal_form(name) == "xian"


@given(st.text())
def test_the_normal_form_is_its_own_normal_form(name):
    assert normal_form(normal_form(name)) == normal_form(name)


def test_nearest_names_come_best_first_and_as_written():
    assert nearest_names("tianjn", ["Nanjing", "Tianjin", "Xi'an"]) == ["Tianjin", "Nanjing"]
    assert nearest_names("zzz", ["Nanjing"]) == []


def test_an_unknown_name_says_what_was_looked_for():
    with pytest.raises(UnknownNameError, match="no colour is called 'rde'; did you mean 'red'"):
        look_up("rde", {"red": 1, "blue": 2}, what="colour")
    with pytest.raises(UnknownNameError, match="no colour is called 'xyz'; pick one"):
        look_up("xyz", {"red": 1}, what="colour", remedy="pick one")
