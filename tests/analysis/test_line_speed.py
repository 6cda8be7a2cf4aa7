"""Running times from line speed: mechanics in closed form, and the error on known trains."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.analysis.line_speed import (
    RunningModel,
    evaluate,
    fit_cruise_share,
    line_speed_needed,
    operating_examples,
    running_minutes,
    running_model,
)
from toolkit.errors import MissingDataError

PLAIN = RunningModel(1.0, 0.5, 0.5, 2.0, 0.0)
KM = st.floats(1.0, 800.0)
SPEED = st.floats(80.0, 400.0)


def test_a_run_with_a_cruise_by_hand():
    # 180 km/h = 50 m/s: 100 s and 2.5 km to speed up, the same to brake, 20 km at 50 m/s
    assert running_minutes([25], 180, model=PLAIN) == pytest.approx((100 + 400 + 100) / 60)


def test_a_run_too_short_to_cruise_by_hand():
    # 2.5 km: half of it speeding up at 0.5 m/s2 takes sqrt(2 * 1250 / 0.5) s
    assert running_minutes([2.5], 300, model=PLAIN) == pytest.approx(2 * np.sqrt(5000) / 60)


def test_margin_is_on_the_run_and_dwell_at_stops_on_the_way():
    with_margin = replace(PLAIN, recovery_share=0.1)
    assert running_minutes([25, 25], 180, model=PLAIN) == pytest.approx(10 + 2 + 10)
    assert running_minutes([25, 25], 180, model=with_margin) == pytest.approx(11 + 2 + 11)
    assert running_minutes([25, 25], [180, 90], model=PLAIN) > 22


def test_the_built_in_model():
    assert running_model() == RunningModel(0.9, 0.4, 0.5, 2.0, 0.07)


@given(KM, SPEED)
def test_the_two_formulas_meet_and_no_run_beats_its_cruising_speed(km, speed):
    cruise_kmh = speed * running_model().cruise_share
    assert running_minutes([km], speed) > km / cruise_kmh * 60
    meeting_km = (cruise_kmh / 3.6) ** 2 * (1 / 0.4 + 1 / 0.5) / 2 / 1000
    below, above = (running_minutes([meeting_km * f], speed) for f in (1 - 1e-9, 1 + 1e-9))
    assert below == pytest.approx(above, rel=1e-6)


@given(KM, KM, SPEED, st.floats(1.0, 2.0))
def test_longer_is_slower_faster_is_quicker_and_a_stop_costs_its_dwell_and_more(
    km, more, speed, factor
):
    one = running_minutes([km], speed)
    assert running_minutes([km + more], speed) > one
    assert running_minutes([km], speed * factor) <= one + 1e-9
    through, calling = running_minutes([km + more], speed), running_minutes([km, more], speed)
    assert calling > through + running_model().dwell_min


@given(KM, st.floats(10.0, 300.0))
def test_the_speed_needed_is_the_inverse(km, minutes):
    needed = line_speed_needed([km], minutes)
    if np.isinf(needed):
        assert running_minutes([km], 10_000) > minutes
    elif needed > 0:
        assert running_minutes([km], needed) == pytest.approx(minutes, abs=1e-3)


def test_error_on_the_trains_that_are_known():
    table = evaluate(operating_examples())
    # fastest trains of January 2023; the model does not know that some of them call on the way
    assert table["fastest_min"].tolist() == [30, 60, 51, 47, 38]
    assert table["modelled_min"].tolist() == pytest.approx([27.97, 60.78, 42.64, 36.32, 35.61])
    assert table["error_min"].mean() == pytest.approx(-4.5, abs=0.1)
    assert table["error_min"].abs().max() == pytest.approx(10.7, abs=0.1)
    assert table["operating_ratio"].between(0.58, 0.86).all()


def test_a_fit_finds_the_share_that_made_the_data():
    truth = replace(running_model(), cruise_share=0.75)
    runs = pd.DataFrame({"fare_km": [50.0, 120.0, 300.0], "line_speed_kmh": [250.0, 350.0, 350.0]})
    runs["fastest_min"] = [
        running_minutes([km], speed, model=truth)
        for km, speed in zip(runs["fare_km"], runs["line_speed_kmh"], strict=True)
    ]
    fitted, errors = fit_cruise_share(runs)
    assert fitted.cruise_share == pytest.approx(0.75, abs=1e-3)
    assert np.abs(errors).max() <= 0.02


def test_the_fit_on_known_trains_lessens_the_squared_error():
    examples = operating_examples()
    fitted, errors = fit_cruise_share(examples)
    assert fitted.cruise_share == pytest.approx(0.814, abs=0.001)
    squared = [
        (evaluate(examples, model=model)["error_min"] ** 2).sum()
        for model in (fitted, running_model())
    ]
    assert squared[0] < squared[1]
    assert np.abs(errors).mean() == pytest.approx(5.5, abs=0.1)  # what a new line can expect


def test_what_cannot_run_is_refused():
    with pytest.raises(MissingDataError, match="above 0"):
        running_minutes([10, 0], 300)
    with pytest.raises(MissingDataError, match="1 line to fit on"):
        fit_cruise_share(operating_examples().head(1))
