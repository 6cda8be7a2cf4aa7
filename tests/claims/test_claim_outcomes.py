"""The rows of the seeds against the embedded facts, with figures worked out by hand."""

import json
import re

import pytest

from toolkit.claims import (
    check_claims,
    check_national,
    claims_schema,
    embedded_facts,
    explain,
    load_claims,
    verdict_text,
)
from toolkit.claims.checks import KINDS
from toolkit.claims.checks.size_classes import TIERS, tier_of
from toolkit.claims.registry import seeds_directory
from toolkit.clusters import load_cluster
from toolkit.errors import ClaimError


@pytest.fixture(scope="module")
def verdicts():
    return {verdict.claim.id: verdict for verdict in check_national(load_claims())}


def found(verdict, key):
    """The value of a comparison."""
    return verdict.evidence.table.set_index("key").at[key, "value"]


def test_every_row_has_an_outcome_and_most_are_settled(verdicts):
    cluster_runs = {"A1", "A2", "A4"}
    assert set(verdicts) | cluster_runs == {claim.id for claim in load_claims()}
    settled = [name for name, one in verdicts.items() if one.outcome != "not checkable"]
    assert len(settled) + len(cluster_runs) >= 45


def test_arithmetic_finds_the_contradictions(verdicts):
    plain = {name for name, one in verdicts.items() if one.outcome == "inconsistent"}
    assert plain == {"B22", "C2", "C14"}
    in_one_reading = {
        name
        for name, one in verdicts.items()
        if len(one.sensitivity) and "inconsistent" in set(one.sensitivity["outcome"])
    }
    assert in_one_reading == plain | {"B11", "B18"}


def test_what_cannot_be_checked_says_which_data_it_needs(verdicts):
    for one in verdicts.values():
        assert one.reasons
        if one.claim.check.kind == "not_checkable":
            assert one.outcome == "not checkable"
            assert re.search(r"[Nn]eed|demand|Advice", one.reasons[0].en)
            assert re.search("需要|属于", one.reasons[0].zh)
        assert len({reason.en for reason in one.reasons}) == len(one.reasons)


def test_no_two_claims_share_a_reason(verdicts):
    unchecked = [v.reasons[0] for v in verdicts.values() if v.claim.check.kind == "not_checkable"]
    for reasons in ([r.en for r in unchecked], [r.zh for r in unchecked]):
        assert len(set(reasons)) == len(reasons)


@pytest.mark.parametrize(
    ("name", "outcome", "figure"),
    [
        # 5 + 9 + 6, and 1 + 13 + 11 + 16
        ("C2", "inconsistent", ("total 0", 20, 0)),
        ("C4", "holds", ("total 0", 41, 0)),
        # 918 firms a km2 on 216,000 km2 would be 198 million, of 52.83 million in the nation
        ("C14", "inconsistent", ("01", 375.3, 0.1)),
        # (74.87 / 7.12)^(1/10) - 1
        ("C12", "holds", ("rate", 26.53, 0.01)),
        # half of 24,000 riders in 2.25 million residents
        ("A9", "fails", ("00", 0.533, 0.001)),
        # 104,591 / 305,766; 104,591 / 135,673; per head; over that of the Yangtze Delta
        ("C9", "holds", ("00", 34.21, 0.01)),
        ("C9", "holds", ("01", 77.09, 0.01)),
        ("C9", "holds", ("02", 95_579, 5)),
        # 10,459 over 5,724 thousand million
        ("C10", "borderline", ("01", 1.827, 0.001)),
        # 1,093 of 1,276.3: 14.4 % fewer
        ("B9", "borderline", ("00", 85.64, 0.01)),
        # the census counted 110.4 million
        ("C6", "fails", ("value 0", 11_040, 1)),
        # Tokyo Station to Omiya
        ("D6", "fails", ("omiya", 28.1, 0.2)),
        ("D6", "fails", ("kawagoe", 35.9, 0.2)),
        ("D6", "fails", ("kumagaya", 60.8, 0.3)),
        ("A18", "fails", ("Shanghai to Huzhou minutes", 118, 0)),
        ("C8", "holds", ("total 0", 47.5, 0.01)),
    ],
)
def test_figures_worked_out_by_hand(verdicts, name, outcome, figure):
    key, value, within = figure
    assert verdicts[name].outcome == outcome
    assert found(verdicts[name], key) == pytest.approx(value, abs=within)


def test_commuting_is_below_every_official_rate_and_contradicts_nothing(verdicts):
    a9 = verdicts["A9"]
    assert a9.sensitivity["holds"].tolist() == [False] * 4
    assert a9.margin == pytest.approx(0.533 - 1.5, abs=0.001)  # the lowest of the rates leads
    assert "needed at least 1.5%: fails" in a9.reasons[0].en
    assert [len(a9.reasons), len(a9.flips)] == [4, 1]
    assert "It does not contradict A8" in explain(a9)
    # the text of the note: commuters that would have to come by main line and road
    residents = embedded_facts().figure("residents_1e4", ["512000"], 2023).value * 1e4
    assert 0.015 * residents - 12_000 == pytest.approx(21_800, abs=50)


def test_an_axis_is_held_against_placebo_axes(verdicts):
    a20 = verdicts["A20"]
    outcomes = a20.sensitivity.set_index("reading")["outcome"].to_dict()
    assert outcomes == {"trains": "fails", "gdp_1e8": "holds", "residents_1e4": "borderline"}
    # by hand, from the table of trains between cities: Beijing-Tangshan and Tangshan-Qinhuangdao
    facts = embedded_facts()
    services = facts.city_services["2023-12-15"].query("train_class == 'fast'")
    members = facts.codes(["jing-jin-ji"])
    services = services[services["from_adcode"].isin(members) & services["to_adcode"].isin(members)]
    links = services.set_index(["from_adcode", "to_adcode"])["trains_per_day"]
    pairs = [("110000", "130200"), ("130200", "130300")]
    trains = sum(links[pair] + links[pair[::-1]] for pair in pairs)
    share = trains / 2 / links.sum() * 100
    assert found(a20, "trains Jing-Tang-Qin") == pytest.approx(share)
    assert share == pytest.approx(2.51, abs=0.01)


def test_the_figure_of_another_year_is_recognised(verdicts):
    (reason,) = [r.en for r in verdicts["C6"].reasons if "residents (ten thousand) in 2020" in r.en]
    assert "The stated figure is that of 2022." in reason


def test_tiers_have_inclusive_lower_bounds():
    assert [tier_of(low) for low, _ in TIERS.values()] == list(TIERS)
    assert tier_of(999.99) == "very large"
    cities = (642.91, 1160.07, 262.46, 349.41, 89.56, 106.55)
    tiers = ["very large", "super large", "large II", "large I", "medium", "large II"]
    assert [tier_of(city) for city in cities] == tiers


def test_moves_are_counted_by_tier_and_by_class(verdicts):
    deciding = verdicts["B11"].sensitivity.set_index("reading")
    assert deciding["holds"].to_dict() == {"tiers": True, "classes": False}


def test_an_area_of_cooperation_hangs_together_only_with_the_right_name(verdicts):
    cases = verdicts["D2"].sensitivity.set_index("reading")
    assert cases["holds"].to_dict() == {"laishui": True, "laiyuan": False}
    assert cases["decides"].to_dict() == {"laishui": True, "laiyuan": False}


def test_claims_of_a_cluster_speak_of_its_places(make_inputs):
    inputs = make_inputs(load_cluster("jing-jin-ji"))
    checked = check_claims([c for c in load_claims() if c.id in {"B6", "C6", "A5"}], inputs)
    assert [one.claim.id for one in checked] == ["A5", "B6", "C6"]
    for one in checked:
        assert one.places == inputs.members


def test_text_can_be_short(verdicts):
    long, short = (verdict_text(verdicts["C9"], full=full) for full in (True, False))
    assert long.startswith(short)
    assert "Note" in long
    assert "Note" not in short
    assert "34.21%" in short


def test_steps_lead_from_the_words_to_the_outcome(verdicts):
    steps = explain(verdicts["C2"]).splitlines()
    assert steps[0].startswith("1. C2 (governance-2025, ")
    assert "20 ≈ 19 -> fails" in explain(verdicts["C2"])
    assert any("Outcome: INCONSISTENT" in line for line in steps)
    for one in verdicts.values():
        for language in ("en", "zh"):
            text = explain(one, language)
            assert text.startswith("1. ")
            assert not re.search(r"\bnan\b", text)


def test_steps_of_a_circle_name_trains_and_exceptions(
    abc_cluster, make_inputs, make_times, make_claim
):
    from toolkit.claims import check_claim

    inputs = make_inputs(abc_cluster, times=make_times("K", {"A": 30, "B": 90, "C": 95}))
    claim = make_claim("reach_with_exceptions", core="K", threshold_min=60, exceptions=["C"])
    text = explain(check_claim(claim, inputs))
    assert "Bee: 90 min (GB) -> outside: not as said" in text
    assert "Sea: 95 min (GC) -> outside, excepted: as said" in text
    assert "The threshold is 60 min; Bee decides: 30 min short." in text
    assert "Exceptions that are outside, as said: Sea; that are inside: -." in text


def test_the_schema_beside_the_seeds_is_that_of_the_forms():
    path = seeds_directory() / "claims.schema.json"
    assert json.loads(path.read_text(encoding="utf-8")) == claims_schema()


def test_the_seeds_follow_the_schema():
    definitions = claims_schema()["$defs"]
    for claim in load_claims():
        form = definitions[KINDS[claim.check.kind].parameters.__name__]
        assert claim.check.kind in form["properties"]["kind"]["enum"]
        assert set(claim.check.parameters) <= set(form["properties"])
        assert set(form["required"]) - {"kind"} <= set(claim.check.parameters)


OWN = """\
[[claim]]
id = "M1"
source = "governance-2025"
locator = "page 1"
geography = {geography}
statement_en = "It adds up."
statement_zh = "合计无误。"

[claim.check]
kind = "{kind}"
{parameters}
"""
TERMS = (
    'parts = [{ name_en = "a", name_zh = "甲", value = 2 }]\n'
    'totals = [{ name_en = "b", name_zh = "乙", value = 2 }]'
)


@pytest.fixture
def load_own(tmp_path):
    def load(geography='"national"', kind="list_sum", parameters=TERMS):
        path = tmp_path / "own.toml"
        text = OWN.format(geography=geography, kind=kind, parameters=parameters)
        path.write_text(text, encoding="utf-8")
        return load_claims(path)

    return load


def test_a_claim_of_ones_own_may_be_national_or_of_several_clusters(load_own):
    (claim,) = load_own()
    assert claim.geographies == ("national",)
    assert check_national([claim])[0].outcome == "holds"
    (claim,) = load_own('["jing-jin-ji", "central-plains"]')
    assert claim.geographies == ("jing-jin-ji", "central-plains")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"geography": '["jing-jin-ji", 3]'}, r":5: claim M1: geography '3' is not a slug"),
        (
            {"kind": "service_coverage", "parameters": ""},
            r":5: claim M1: check kind 'service_coverage' needs a cluster, not 'national'",
        ),
        (
            {"parameters": TERMS.replace("value = 2 }]\ntotals", "value = 2, year = 1 }]\ntotal")},
            "unknown parameter 'total'; did you mean 'totals'",
        ),
        ({"parameters": TERMS.replace(", value = 2 }]\n", " }]\n")}, "needs one of 'value'"),
        (
            {"kind": "size_class", "parameters": 'cities = [{ name_en = "a", name_zh = "a", '
             'from_tier = "smal I", to_tier = "medium" }]'},
            "unknown tier 'smal I'; did you mean 'small I'",
        ),
        (
            {"kind": "not_checkable", "parameters": 'reason_en = " "\nreason_zh = "x"'},
            "the reason is empty",
        ),
    ],
)  # fmt: skip
def test_mistakes_in_the_new_kinds_are_told(load_own, changes, message):
    with pytest.raises(ClaimError, match=message):
        load_own(**changes)


def test_a_figure_of_a_claim_that_does_not_give_it(load_own):
    parameters = TERMS.replace(
        'name_zh = "乙", value = 2', 'name_zh = "乙", claim = "C1", parameter = "x"'
    )
    (claim,) = load_own(parameters=parameters)
    with pytest.raises(ClaimError, match="claim C1 states no 'x'"):
        check_national([claim], embedded_facts())
