"""The structure of a cluster on the embedded data, against what its parts give one by one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine

from toolkit.analysis.comparison import compare_clusters
from toolkit.analysis.decay import Decay
from toolkit.analysis.definitions import load_definitions
from toolkit.analysis.rail import ServiceView
from toolkit.analysis.reach import travel_times
from toolkit.analysis.stations import STATION_SETS, city_stations
from toolkit.analysis.structure import analyse_structure, member_borders, place_access
from toolkit.clusters import load_cluster
from toolkit.networks.inputs import read_inputs
from toolkit.networks.osm import read_osm_roads
from toolkit.networks.timetable import Timetable
from toolkit.progress import Progress
from toolkit.sources.population import PopulationGrid

QUIET = Progress(stream=None)


@pytest.fixture(scope="module")
def inputs():
    return read_inputs(load_cluster("jing-jin-ji"), population="none", progress=QUIET)


@pytest.fixture(scope="module")
def trains(inputs):
    stations = city_stations(inputs.stops, inputs.cluster.cities, inputs.prefectures)
    return [
        ServiceView.build(timetable, stations, station_set)
        for timetable in inputs.timetables
        for station_set in STATION_SETS
    ]


@pytest.fixture(scope="module")
def structure(inputs, trains):
    return analyse_structure(inputs, trains, progress=QUIET)


def test_minutes_between_cities_are_those_of_the_circles(inputs, trains, structure):
    main = next(view for view in trains if (view.date, view.station_set) == ("2023-12-15", "main"))
    times = travel_times(
        inputs.cluster.cities,
        ["110000"],
        [load_definitions()["door_to_door"]],
        trains=[main],
        roads=inputs.roads,
    ).set_index("city_adcode")["minutes"]
    row = structure.access.minutes["2023-12-15"].loc["110000"].drop("110000")
    np.testing.assert_allclose(row[times.index], times, atol=0.005)  # given to hundredths


def test_potential_of_a_city_is_the_sum_over_the_others(inputs, structure):
    access = structure.access
    residents = inputs.cluster.cities["residents"].astype(float)
    minutes = access.minutes["2016-11-13"].loc["130600"].drop("130600")
    expected = (residents[minutes.index] * minutes**-access.decay.parameter).sum()
    rows = access.cities.set_index(["timetable_date", "adcode"])
    assert rows.at[("2016-11-13", "130600"), "potential"] == pytest.approx(expected)


def test_no_city_lost_time_where_trains_became_faster(structure):
    """Of the thirteen, none is further from the others in 2023 than it was in 2016."""
    average = structure.access.cities.pivot(
        index="adcode", columns="timetable_date", values="weighted_average_min"
    )
    assert (average["2023-12-15"] <= average["2016-11-13"]).all()
    # Langfang lies between the two largest; from Tianjin Beijing itself counts
    assert average.idxmin().tolist() == ["131000", "120000"]


def test_a_station_does_not_count_for_its_own_city(inputs, structure):
    """A halt without trains to other cities reaches its own residents and nobody else."""
    stations = structure.access.stations
    residents = inputs.cluster.cities["residents"].astype(float)
    everybody = residents.sum()
    assert (stations["people_45"] >= residents[stations["adcode"]].to_numpy()).all()
    assert (stations["daily_people"] <= everybody).all()
    south = stations[(stations["station_id"] == "VNP") & (stations["timetable_date"] > "2020")]
    # 10 min for the C train, 15 for others: Langfang 36, Tianjin 40
    reached = ["110000", "120000", "131000"]
    assert south["people_45"].item() == residents[reached].sum()


def test_a_decay_can_be_given(inputs, trains, structure):
    given = place_access(inputs, trains, decay=Decay("exponential", 0.01))
    assert given.fit is None
    assert given.decay.kind == "exponential"
    assert structure.access.fit.pairs == 138
    pd.testing.assert_frame_equal(
        given.minutes["2023-12-15"], structure.access.minutes["2023-12-15"]
    )


def test_without_roads_it_is_by_rail_and_without_trains_by_road(inputs, trains):
    rail = place_access(replace(inputs, roads=None), trains)
    assert rail.rail_only
    road = place_access(inputs, [])
    assert list(road.minutes) == [""]
    assert road.fit is None
    assert road.stations.empty
    assert place_access(replace(inputs, roads=None), []) is None


def test_what_hengshui_needs_is_said_with_the_built_in_lines(structure):
    found = {scenario.key: scenario for scenario in structure.scenarios}
    assert set(found) == {"xiongan-shangqiu", "beijing-hengshui", "beijing-tangshan"}
    whole = found["beijing-hengshui"].circle.set_index("name_en").loc["Hengshui"]
    assert (whole["fastest_before_min"], whole["fastest_after_min"]) == (128.0, 59.0)
    assert 340 < whole["speed_needed_kmh"] < 350  # planned for 350
    part = found["xiongan-shangqiu"].circle.set_index("name_en").loc["Hengshui"]
    assert part["fastest_after_min"] > 60
    assert np.isnan(part["speed_needed_kmh"])  # the line does not begin in Beijing


def test_new_lines_never_lengthen_a_time(structure):
    for scenario in structure.scenarios:
        assert (scenario.times["saved_min"] >= 0).all()
        assert (scenario.effects.loc[["pairs_within", "efficiency"], "change"] >= 0).all()
        assert scenario.effects.at["mean_min", "change"] <= 0
        assert len(scenario.times) == 13 * 12


def test_borders_and_bottlenecks_of_the_schematic_roads(structure):
    found = structure.borders
    assert len(found.borders) == 24
    rows = found.borders.set_index("name_en")
    assert rows.loc["Beijing–Langfang", "between_provinces"]
    assert not rows.loc["Baoding–Cangzhou", "between_provinces"]
    assert rows["schematic"].all()
    assert rows["dead_ends_per_100_km"].isna().all()
    assert len(found.links) == 0
    expected = 10 * rows["crossings"] / rows["length_km"]
    np.testing.assert_allclose(rows["crossings_per_10_km"], expected)
    roads = structure.bottlenecks.roads
    assert roads["rank"].tolist() == list(range(1, len(roads) + 1))
    # the expressway to the south carries the journeys of Baoding, Shijiazhuang, Xingtai, Handan
    assert roads.iloc[0]["ref"] == "G4"
    narrow = structure.bottlenecks.narrowings
    assert ((narrow["class_drop"] > 0) | (narrow["lane_drop"] > 0)).all()
    shape = structure.bottlenecks.topology.iloc[0]
    assert shape["cyclomatic"] == shape["links"] - shape["nodes"] + shape["components"]
    assert shape["detour_index"] > 1.0


def test_zones_of_cooperation_agree_with_the_borders_on_record(structure):
    zones = structure.borders.zones.set_index("name_zh")
    assert zones["parts"].tolist() == [1, 1, 1, 1]
    assert zones["provinces_joined"].all()
    assert zones.loc["延怀赤", "pairs_across"] == 2
    assert zones.loc["延怀赤", "km_across"] == pytest.approx(143, rel=0.1)
    assert zones.loc["通武廊", "pivotal"] == ""
    assert zones.to_crs(32650).area.sum() / 1e6 == pytest.approx(24_500, rel=0.15)


def test_links_are_sought_on_mapped_roads(inputs, shared):
    roads = read_osm_roads(shared("osm/jing-jin-ji.osm.pbf"))
    found = member_borders(replace(inputs, roads=roads))
    assert found.seams["name"].tolist() == ["京石高速", "京沈高速", "京开高速", "京开高速"]
    assert set(found.links["provinces_en"]) == {
        "Beijing–Tianjin", "Beijing–Hebei", "Tianjin–Hebei"
    }  # fmt: skip
    assert (found.links["ratio"] >= 2).all()
    assert not found.by_people
    for pair, links in found.links.groupby("provinces_zh"):
        assert links["rank"].tolist() == list(range(1, len(links) + 1))
        assert len(links) == 10 or pair != "北京–河北"
        best = links.iloc[0]
        assert best["saved_in_turn_min"] == best["saved_min"] > 0


def test_links_are_those_of_the_comparison_of_clusters(structure):
    links = structure.links.indices.set_index(["network", "timetable_date"])
    table = compare_clusters(
        [load_cluster("jing-jin-ji")], [Timetable.from_reference("2023-12-15")]
    ).iloc[0]
    trains = links.loc[("trains", "2023-12-15")]
    assert trains["p_sf"] == pytest.approx(table["p_sf"])
    assert trains["top_city_share"] == pytest.approx(table["top_city_share"])
    assert trains["top_city_zh"] == table["top_city_zh"]
    assert set(links.index.get_level_values(0)) == {"trains", "gravity", "path_flows"}
    # gravity goes between all pairs, and stays there when it takes direct trains only
    assert links.at[("gravity", "2023-12-15"), "density"] == 1.0
    assert links.at[("path_flows", "2023-12-15"), "linked_pairs"] < trains["linked_pairs"]


def test_steps_end_at_the_reference_row(structure):
    last = structure.links.steps.loc[13]
    # residents of the census 2020: slope, evenness, entropy on all 13
    assert last[["rank_size_slope", "evenness", "entropy"]].round(3).tolist() == [
        -0.734,
        0.539,
        0.938,
    ]
    assert last["standard_error"] == pytest.approx(last["exponent"] * np.sqrt(2 / 13))


def test_density_jumps_where_a_published_grid_has_a_step(inputs):
    """A hundred people a cell, or three hundred inside Langfang."""
    transform = Affine(0.02, 0, 113.0, 0, -0.02, 43.0)
    people = np.full((350, 350), 100.0)
    smooth = PopulationGrid(people, transform, label="even")
    found = member_borders(replace(inputs, population=smooth)).borders
    # a cell shrinks towards the north, so that density rises by 1 % in 70 km
    assert (found["density_jump"].abs() < 0.02 * found["density_a"]).all()
    # more people in Langfang than in its neighbours
    langfang = inputs.prefectures.geometry["131000"]
    lon, lat = np.meshgrid(113.01 + 0.02 * np.arange(350), 42.99 - 0.02 * np.arange(350))
    step = np.where(shapely.contains_xy(langfang, lon, lat), 300.0, 100.0)
    stepped = PopulationGrid(step, transform, label="a step")
    found = member_borders(replace(inputs, population=stepped)).borders
    beside = found[(found[["adcode_a", "adcode_b"]] == "131000").any(axis=1)]
    up = np.where(beside["adcode_b"] == "131000", 1.0, -1.0)
    low = beside[["density_a", "density_b"]].min(axis=1)
    # Langfang lies in two parts: a cell near the border of one may be in the other's neighbour
    assert (up * beside["density_jump"] / low).to_numpy() == pytest.approx(2.0, rel=0.08)
    modelled = replace(inputs, population=replace(stepped, modelled=True))
    assert "density_jump" not in member_borders(modelled).borders


def test_communities_against_the_plan_hold_for_every_seed(structure):
    found = structure.links.agreement
    assert found.network == "gravity"  # the embedded trains stay within clusters
    assert (found.seeds["like_best"] == 1.0).all()
    assert found.seeds["adjusted_rand"].between(0.2, 0.6).all()
    assert found.internal.members == 13
    assert found.internal.ratio > 1.0
    layer = structure.links.links
    same = structure.links.communities.set_index("adcode")["community"]
    inside = layer[layer["community"] != "between"]
    assert (inside["from_adcode"].map(same) == inside["community"]).all()
    assert (inside["to_adcode"].map(same) == inside["community"]).all()


def test_corridors_stand_beside_placebo_axes(structure):
    corridors = structure.corridors
    assert corridors["placebo"].sum() == 3
    over = corridors.loc[corridors["placebo"], "betweenness_share_over_placebo"]
    assert over.mean() == pytest.approx(1.0)
    assert corridors["betweenness_share"].between(0.0, 1.0).all()
    assert corridors.geometry.is_valid.all()


def test_the_general_index_is_the_mean_over_the_networks(structure):
    found = structure.links
    mean = found.indices.groupby("timetable_date")["p_sf"].mean()
    general = found.general.set_index("timetable_date")
    np.testing.assert_allclose(general["p_gf"], mean[general.index])
    assert (general["functions"] == 3).all()
    assert (general["places"] == 13).all()


def test_dominance_has_mean_one_and_relative_strength_sum_one(structure):
    found = structure.links
    keys = ["network", "timetable_date"]
    np.testing.assert_allclose(found.places.groupby(keys)["dominance"].mean(), 1.0)
    np.testing.assert_allclose(found.pairs.groupby(keys)["relative_strength"].sum(), 1.0)
    trains = found.places.query("network == 'trains' and timetable_date == '2023-12-15'")
    assert trains.loc[trains["dominance"].idxmax(), "name_en"] == "Beijing"
    assert found.pairs["link_symmetry"].between(-1.0, 1.0).all()
    assert (found.indices["top_dominance"] >= 1.0).all()


def test_centralities_are_those_of_the_links_of_the_country(structure):
    plan = structure.links.agreement
    inside = plan.centralities["internal"].sum() / 2.0
    outside = plan.centralities["external"].sum()
    assert inside / (inside + outside) == pytest.approx(plan.internal.share)
    slopes = plan.slopes.set_index("measure")
    # the reference row of 13 prefectures
    assert slopes.at["residents", "rank_size_slope"] == pytest.approx(-0.734, abs=5e-4)
    assert slopes.at["residents", "slope_top_2_to_4"] == pytest.approx(-0.584, abs=5e-4)
    assert (slopes["places"] == 13).all()


def test_dead_ends_at_borders_stand_beside_placebo_lines(inputs, shared):
    """The three expressways that break off at the border of Beijing are gaps of the data."""
    roads = read_osm_roads(shared("osm/jing-jin-ji.osm.pbf"))
    borders = member_borders(replace(inputs, roads=roads))
    # slivers between prefectures are no edge of the study area, near which nothing is counted
    assert borders.borders["dead_ends_per_100_km"].notna().all()
    found = borders.placebos
    kinds = found.lines.groupby("provinces_en")["kind"].value_counts().unstack()
    assert (kinds["border"] == 1).all()
    assert (kinds["placebo"] == 40).all()
    beside = found.lines[found.lines["kind"] == "placebo"]
    assert beside["distance_km"].between(8, 30).all()
    assert set(beside["side_en"]) == {"Beijing", "Tianjin", "Hebei"}
    tests = found.tests.set_index(["provinces_en", "measure"])
    ends = tests.loc[("Beijing–Hebei", "dead_ends_per_100_km")]
    assert ends["observed"] == pytest.approx(3.0, abs=0.01)  # seven ends
    assert ends["ratio"] > 10
    assert ends["share_as_high"] == pytest.approx(1 / 41)
    closed = tests.loc[("Beijing–Hebei", "dead_ends_closed_per_100_km")]
    assert closed["observed"] == pytest.approx(ends["observed"] / 7, rel=0.01)  # one is left
    assert closed["share_as_high"] > 0.1
    near = found.ends[found.ends["near_border"]]
    assert (near["kind"] == "seam").sum() == 6
