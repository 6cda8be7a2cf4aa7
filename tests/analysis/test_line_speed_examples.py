"""Line speeds fitted on the timetable: which runs count, and the error on lines left out."""

import numpy as np
import pandas as pd
import pytest

from toolkit.analysis.line_speed import evaluate, fit_cruise_share, running_model
from toolkit.analysis.line_speed_examples import neighbour_runs
from toolkit.networks.timetable import Timetable
from toolkit.sources import reference


@pytest.fixture(scope="module")
def runs():
    services = Timetable.from_reference("2023-12-15").services()
    return neighbour_runs(reference.rail_line_stations(), reference.rail_lines(), services)


def test_only_neighbours_served_on_lines_of_known_speed_count():
    """Along one line: 甲 - 丙 - 丁, with an unserved 乙 between the first two."""
    stations = pd.DataFrame(
        {
            "line_zh": ["京津城际线"] * 4 + ["京九线"] * 2,
            "sequence": [0, 1, 2, 3, 0, 1],
            "name_zh": ["甲", "乙", "丙", "丁", "甲", "丁"],
            "fare_km": [0, 10, 30, 70, 0, 50],
            "station_id": ["A", "B", "C", "D", "A", "D"],
        }
    )
    services = pd.DataFrame(
        [("A", "C", 15.0), ("A", "C", 12.0), ("C", "A", 13.0), ("D", "C", 14.0), ("A", "D", 20.0)],
        columns=["from_id", "to_id", "fastest_min"],
    )
    found = neighbour_runs(stations, reference.rail_lines(), services)
    columns = ["origin", "destination", "fare_km", "line_speed_kmh", "fastest_min"]
    assert found[columns].to_numpy().tolist() == [
        ["甲", "丙", 30.0, 350.0, 12.0],
        ["丙", "甲", 30.0, 350.0, 13.0],
        ["丁", "丙", 40.0, 350.0, 14.0],
    ]
    assert set(found["line"]) == {"京津城际线"}


def test_the_fit_halves_the_bias_and_holds_on_lines_left_out(runs):
    fitted, left_out_min = fit_cruise_share(runs)
    assert fitted.cruise_share == pytest.approx(0.746, abs=0.002)
    built_in = evaluate(runs, model=running_model())["error_min"]
    own = evaluate(runs, model=fitted)["error_min"]
    assert (own**2).sum() < (built_in**2).sum()
    assert abs(own.mean()) < abs(built_in.mean()) / 2
    # what the documentation promises for a line that the fit has not seen
    assert np.abs(left_out_min).mean() == pytest.approx(1.5, abs=0.1)
    assert np.median(np.abs(left_out_min) / runs["fastest_min"]) == pytest.approx(0.09, abs=0.01)


def test_a_whole_line_is_left_out_at_a_time(runs):
    alone = runs[runs["line"] == "京沪高速线"]
    model, _ = fit_cruise_share(runs[runs["line"] != "京沪高速线"])
    expected = evaluate(alone, model=model)["error_min"]
    _, left_out_min = fit_cruise_share(runs)
    found = left_out_min[(runs["line"] == "京沪高速线").to_numpy()]
    np.testing.assert_allclose(found, expected, atol=0.006)
