"""Every kind of check that reads facts: other facts, another verdict."""

import dataclasses
import itertools

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from toolkit.claims import (
    CheckSpec,
    check_claim,
    check_national,
    embedded_facts,
    find_claim,
    load_claims,
)
from toolkit.claims.checks import KINDS

TODAY = "2023-12-15"
ALL = {"key": "all", "name_en": "each to each", "name_zh": "两两之间"}


def seed(name):
    return find_claim(load_claims(), name)


def verdict_on(claim, facts):
    (verdict,) = check_national([claim], facts)
    return verdict


def figures_with(facts, quantity, value):
    table = facts.figures
    return dataclasses.replace(
        facts, figures=table.assign(value=table["value"].mask(table["quantity"] == quantity, value))
    )


def economy_times(facts, column, factor, *, codes=(), prefix="", year=None):
    table = facts.economy
    chosen = table["adcode"].isin(codes) | (
        table["adcode"].str.startswith(prefix) if prefix else False
    )
    if year is not None:
        chosen &= table["year"] == year
    changed = table[column].where(~chosen, table[column] * factor)
    return dataclasses.replace(facts, economy=table.assign(**{column: changed}))


def services_with(facts, change, date=TODAY):
    services = dict(facts.city_services)
    services[date] = change(services[TODAY].copy())
    return dataclasses.replace(facts, city_services=services)


def restated(facts, name, **parameters):
    """The facts with other figures in the check of one claim."""
    claims = [
        dataclasses.replace(
            claim,
            check=CheckSpec(claim.check.kind, {**claim.check.parameters, **parameters}),
        )
        if claim.id == name
        else claim
        for claim in facts.claims
    ]
    return dataclasses.replace(facts, claims=tuple(claims))


def places_at(facts, **points):
    places = facts.places.copy()
    for name, (lon, lat) in points.items():
        places.loc[name, "geometry"] = shapely.Point(lon, lat)
    return dataclasses.replace(facts, places=places)


def quick_to_huzhou(table):
    pair = table["from_adcode"].isin(["310000", "330500"]) & table["to_adcode"].isin(
        ["310000", "330500"]
    )
    table.loc[pair, "fastest_min"] = 50
    return table


def many_trains(table):
    table["trains_per_day"] = 120
    return table


def without_zhangjiakou(table):
    return table[(table["from_adcode"] != "130700") & (table["to_adcode"] != "130700")]


def crowded_borders(table):
    crosses = table["from_adcode"].str[:2] != table["to_adcode"].str[:2]
    table.loc[crosses, "trains_per_day"] *= 10
    return table


def trains_against_people(table):
    """Trains a day that fall as residents grow."""
    facts = embedded_facts()
    people = facts.by_unit("residents_1e4", facts.codes(["jing-jin-ji"]), 2023)
    rank = people.rank(ascending=False)
    inside = table[table["from_adcode"].isin(rank.index) & table["to_adcode"].isin(rank.index)]
    inside = inside.drop_duplicates("from_adcode")
    return inside.assign(trains_per_day=inside["from_adcode"].map(rank).astype(int) * 10)


def one_circle(facts, name="Chengdu"):
    return dataclasses.replace(facts, circles=facts.circles.query(f"circle_en == '{name}'"))


def circles_everywhere(facts):
    cores = [(cluster.slug, cluster.cores[0]) for cluster in facts.clusters]
    table = pd.DataFrame(
        [{"circle_zh": s, "circle_en": s, "core": core, "members": ""} for s, core in cores]
    )
    return dataclasses.replace(facts, circles=table)


def without_wenzhou(facts):
    return dataclasses.replace(facts, economy=facts.economy.query("adcode != '330300'"))


def guangdong_peaked_long_ago(facts):
    return economy_times(facts, "residents_1e4", 3, prefix="44", year=2010)


def squares_apart(facts):
    boxes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(3, 0, 4, 1)]
    shapes = gpd.GeoDataFrame(index=["310118", "320509", "330421"], geometry=boxes, crs="EPSG:4326")
    return dataclasses.replace(facts, boundaries=shapes)


def towns_in_the_ring(facts):
    names = seed("D6").check.parameters["places"]
    return places_at(facts, **dict.fromkeys(names, (139.7671, 35.6812 + 0.315)))


def weak_coast(facts):
    """Tangshan and Qinhuangdao with a fifth of their people and output."""
    for column in ("residents_1e4", "gdp_1e8"):
        facts = economy_times(facts, column, 0.2, codes=["130200", "130300"])
    return facts


CASES = {
    "train_times": ("A18", "fails", lambda f: services_with(f, quick_to_huzhou), "holds"),
    "train_count": (
        "A8",
        "not checkable",
        lambda f: services_with(f, many_trains, "2025-01-10"),
        "holds",
    ),
    "connectivity": ("A3", "depends", lambda f: services_with(f, without_zhangjiakou), "fails"),
    "border_effect": ("D5", "borderline", lambda f: services_with(f, crowded_borders), "fails"),
    "circle_reach": ("A11", "depends", one_circle, "holds"),
    "circle_nesting": ("A12", "depends", one_circle, "holds"),
    "circle_coverage": ("B25", "fails", circles_everywhere, "holds"),
    "listed_members": ("C22", "depends", without_wenzhou, "fails"),
    "share": (
        "C1",
        "depends",
        lambda f: dataclasses.replace(f, areas=f.areas.assign(area_km2=f.areas["area_km2"] / 2)),
        "holds",
    ),
    "ratio": ("C5", "holds", lambda f: figures_with(f, "urban_percent", 60.0), "fails"),
    "count_above": (
        "B5",
        "holds",
        lambda f: economy_times(f, "gdp_1e8", 10, prefix="13"),
        "fails",
    ),
    "trend": (
        "B23",
        "holds",
        lambda f: economy_times(f, "residents_1e4", 2, prefix="2", year=2020),
        "fails",
    ),
    "series_peak": ("C7", "holds", guangdong_peaked_long_ago, "fails"),
    "ring_growth": (
        "D13",
        "fails",
        lambda f: economy_times(
            f, "residents_1e4", 2, codes=["510600", "511400", "512000"], year=2020
        ),
        "holds",
    ),
    "group_order": ("B22", "inconsistent", lambda f: restated(f, "C1", listed=20), "holds"),
    "rank_agreement": (
        "B17",
        "borderline",
        lambda f: services_with(f, trains_against_people),
        "holds",
    ),
    "size_moves": (
        "B11",
        "depends",
        lambda f: dataclasses.replace(f, claims=tuple(c for c in f.claims if c.id != "B12")),
        "inconsistent",
    ),
    "list_sum": ("C2", "inconsistent", lambda f: restated(f, "C1", listed=20), "holds"),
    "consistency": (
        "A9",
        "inconsistent",
        lambda f: restated(f, "A8", riders_per_day=2_000_000),
        "holds",
    ),
    "magnitude": (
        "C14",
        "inconsistent",
        lambda f: dataclasses.replace(f, areas=f.areas.assign(area_km2=f.areas["area_km2"] / 50)),
        "holds",
    ),
    "corridor_share": ("A20", "depends", weak_coast, "fails"),
    "distance_ring": ("D6", "fails", towns_in_the_ring, "holds"),
    "adjacency": ("D9", "holds", squares_apart, "fails"),
    "before_after": (
        "A6",
        "borderline",
        lambda f: places_at(f, **{"humen-bridge": (113.6, 23.2)}),
        "holds",
    ),
}

# What these are checked against are figures of the statement itself.
OWN_FIGURES = {
    "growth_rate": ("C12", "holds", {"end": 500.0}, "inconsistent"),
    "size_class": (
        "B12",
        "holds",
        {
            "cities": [
                {
                    "name_en": "Tianjin",
                    "name_zh": "天津",
                    "from_tier": "very large",
                    "to_tier": "super large",
                    "from_1e4": 642.91,
                    "to_1e4": 960.07,
                }
            ]
        },
        "inconsistent",
    ),
}


# What these are checked against are the tables of a cluster: times, or trains of pairs.
OF_A_CLUSTER = {
    "reach_with_exceptions": (
        {"core": "K", "threshold_min": 60},
        {"A": 30, "B": 40, "C": 50},
        {"A": 30, "B": 40, "C": 70},
    ),
    "travel_time_interval": (
        {"lower_min": 0, "upper_min": 60, "readings": [ALL], "station_sets": ["core25"]},
        dict.fromkeys(itertools.combinations("KABC", 2), 40),
        dict.fromkeys(itertools.combinations("KABC", 2), 80),
    ),
    "service_coverage": (
        {"min_trains": 10},
        dict.fromkeys(itertools.combinations("KABC", 2), (40, 20)),
        dict.fromkeys(itertools.combinations("KABC", 2), (40, 5)),
    ),
}


def test_every_kind_is_put_to_the_test():
    assert set(KINDS) == {*CASES, *OWN_FIGURES, *OF_A_CLUSTER, "not_checkable"}


@pytest.fixture
def outcome_by(abc_cluster, make_inputs, make_times, make_pairs):
    """Outcome of a claim by a table of minutes from K, or of pairs."""

    def outcome(claim, table):
        if claim.check.kind == "reach_with_exceptions":
            inputs = make_inputs(abc_cluster, times=make_times("K", table))
        else:
            inputs = make_inputs(abc_cluster, pairs=make_pairs(table))
        return check_claim(claim, inputs).outcome

    return outcome


@pytest.mark.parametrize("kind", OF_A_CLUSTER)
def test_other_tables_of_a_cluster_give_another_verdict(kind, make_claim, outcome_by):
    parameters, *tables = OF_A_CLUSTER[kind]
    claim = make_claim(kind, **parameters)
    assert [outcome_by(claim, table) for table in tables] == ["holds", "fails"]


def put_to(kind, name):
    """A row of the seeds, under a sister kind of the same form where the seeds have none of it."""
    claim = seed(name)
    assert KINDS[claim.check.kind].parameters is KINDS[kind].parameters
    return dataclasses.replace(claim, check=CheckSpec(kind, claim.check.parameters))


@pytest.mark.parametrize("kind", CASES)
def test_other_facts_give_another_verdict(kind):
    name, before, change, after = CASES[kind]
    claim, facts = put_to(kind, name), embedded_facts()
    assert verdict_on(claim, facts).outcome == before
    assert verdict_on(claim, change(facts)).outcome == after


@pytest.mark.parametrize("kind", OWN_FIGURES)
def test_other_figures_of_a_statement_give_another_verdict(kind):
    name, before, parameters, after = OWN_FIGURES[kind]
    claim = seed(name)
    assert claim.check.kind == kind
    assert verdict_on(claim, embedded_facts()).outcome == before
    changed = CheckSpec(kind, {**claim.check.parameters, **parameters})
    assert verdict_on(dataclasses.replace(claim, check=changed), embedded_facts()).outcome == after


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("C5", lambda f: dataclasses.replace(f, figures=f.figures.iloc[:0])),
        ("B6", lambda f: dataclasses.replace(f, economy=f.economy.iloc[:0])),
        ("B5", lambda f: dataclasses.replace(f, economy=f.economy.iloc[:0])),
        ("C7", lambda f: dataclasses.replace(f, economy=f.economy.iloc[:0])),
        ("D13", lambda f: dataclasses.replace(f, economy=f.economy.iloc[:0])),
        (
            "A20",
            lambda f: dataclasses.replace(f, city_services={}, economy=f.economy.iloc[:0]),
        ),
        ("D9", lambda f: dataclasses.replace(f, neighbours=f.neighbours.iloc[:0])),
        ("A3", lambda f: dataclasses.replace(f, city_services={})),
        ("A11", lambda f: dataclasses.replace(f, city_services={})),
        ("A13", lambda f: dataclasses.replace(f, rail_services=f.rail_services.iloc[:0])),
        ("A18", lambda f: dataclasses.replace(f, city_services={})),
        ("B17", lambda f: dataclasses.replace(f, city_services={})),
        ("D5", lambda f: dataclasses.replace(f, city_services={})),
        ("B11", lambda f: dataclasses.replace(f, claims=())),
    ],
)
def test_without_its_facts_a_claim_is_not_checkable(name, change):
    verdict = verdict_on(seed(name), change(embedded_facts()))
    assert verdict.outcome == "not checkable"
    assert verdict.reasons
    assert verdict.evidence.table.empty
