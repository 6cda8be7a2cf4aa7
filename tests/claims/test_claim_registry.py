"""Reading claims and sources, and what a mistake in them says."""

import dataclasses
import tomllib

import geopandas as gpd
import pandas as pd
import pytest

from toolkit.claims import (
    CheckInputs,
    check_claim,
    check_claims,
    load_claims,
    load_sources,
    registry,
)
from toolkit.claims.checks import KINDS
from toolkit.claims.registry import find_claim, seeds_directory
from toolkit.errors import ClaimError, MissingDataError, UnknownNameError

GOOD = """\
[[source]]
key = "memo"
title_en = "A memo"
title_zh = "一份备忘"
author = "Someone"
publisher = "none"
date = "2024"
access = "Read in full."

[[claim]]
id = "M1"
source = "memo"
locator = "page 1"
geography = "jing-jin-ji"
year = 2024
statement_en = "All is near."
statement_zh = "都很近。"

[claim.check]
kind = "reach_with_exceptions"
core = "110000"
threshold_min = 60
"""


@pytest.fixture
def write(tmp_path):
    def to_file(text, name="mine.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def test_the_seeds_are_complete_in_both_languages():
    claims, sources = load_claims(), load_sources()
    rows = {"A": 20, "B": 25, "C": 22, "D": 16}
    assert [claim.id for claim in claims] == [
        f"{part}{number}" for part, count in rows.items() for number in range(1, count + 1)
    ]
    assert len(sources) == 4
    for claim in claims:
        assert claim.source in sources
        assert claim.check.kind in KINDS
        assert any("一" <= letter <= "鿿" for letter in claim.statement_zh)
        assert claim.statement_en.isascii()
        assert bool(claim.caveat_en) == bool(claim.caveat_zh)


def test_every_parameter_is_described():
    readme = (seeds_directory() / "README.md").read_text(encoding="utf-8")
    for name, kind in KINDS.items():
        assert f"`{name}`" in readme
        for item in dataclasses.fields(kind.parameters):
            assert f"`{item.name}`" in readme


def test_the_example_of_the_description_loads(write):
    readme = (seeds_directory() / "README.md").read_text(encoding="utf-8")
    example = readme.split("```toml\n")[1].split("```")[0]
    (claim,) = load_claims(write(example))
    assert claim.check.parameters["exceptions"] == ["130400", "130500"]
    assert tomllib.loads(example)["claim"][0]["id"] == claim.id


def test_a_file_of_ones_own_may_bring_its_source(write):
    (claim,) = load_claims(write(GOOD))
    assert (claim.id, claim.source, claim.year) == ("M1", "memo", 2024)
    both = load_claims(None, write(GOOD))
    assert [claim.id for claim in both] == [*(claim.id for claim in load_claims()), "M1"]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (
            '"reach_with_exceptions"',
            '"reach_with_exception"',
            20,
            "did you mean 'reach_with_exceptions'?",
        ),
        (
            "threshold_min = 60",
            "treshold_min = 60",
            22,
            "'treshold_min'; did you mean 'threshold_min'?",
        ),
        ("threshold_min = 60", "", 19, "parameter 'threshold_min' is missing"),
        ('core = "110000"', "core = 110000", 21, "'core' is 110000, not text; write it in quotes"),
        ("threshold_min = 60", "threshold_min = true", 22, "'threshold_min' is True, not a number"),
        ("threshold_min = 60", "threshold_min = -1", 22, "'threshold_min' is -1"),
        (
            "threshold_min = 60",
            'threshold_min = 60\nexceptions = "1304"',
            23,
            "not a list; put it in",
        ),
        (
            'source = "memo"\nlocator',
            'source = "meno"\nlocator',
            12,
            "'meno'; did you mean 'memo'?",
        ),
        ('locator = "page 1"', "", 10, "'locator' is missing"),
        ('locator = "page 1"', "locator = 1", 13, "'locator' is 1, not text"),
        ('locator = "page 1"', 'locator = " "', 13, "'locator' is empty"),
        ("year = 2024", 'year = "2024"', 15, "'year' is '2024'"),
        ("year = 2024", "yaer = 2024", 15, "unknown field 'yaer'; did you mean 'year'?"),
        ('geography = "jing-jin-ji"', 'geography = "Jing Jin Ji"', 14, "is not a slug"),
        ('kind = "reach_with_exceptions"', "", 19, "the check has no kind"),
        ('author = "Someone"', "", 1, "source memo: 'author' is missing"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_remedy(old, new, line, message, write):
    text = GOOD.replace(old, new)
    assert text != GOOD
    path = write(text)
    with pytest.raises(ClaimError) as caught:
        load_claims(path)
    told = str(caught.value)
    assert told.startswith(f"{path}:{line}: ")
    assert message in told
    assert "\n" not in told
    assert caught.value.remedy


def test_the_line_is_that_of_the_second_claim(write):
    second = GOOD[GOOD.index("[[claim]]") :]
    path = write(GOOD + "\n" + second)
    with pytest.raises(ClaimError, match=r"mine\.toml:25: claim id 'M1' is used twice"):
        load_claims(path)
    wrong = second.replace("M1", "M2").replace("threshold_min", "threshold")
    path = write(GOOD + "\n" + wrong)
    with pytest.raises(ClaimError, match=r"mine\.toml:36: claim M2: unknown parameter 'threshold'"):
        load_claims(path)


def test_an_id_used_in_two_files_is_found_too(write):
    with pytest.raises(ClaimError, match="claim id 'A1' is used twice"):
        load_claims(None, write(GOOD.replace("M1", "A1")))


def test_a_reading_is_checked_as_well(write):
    text = GOOD[: GOOD.index("[claim.check]")] + (
        '[claim.check]\nkind = "travel_time_interval"\nlower_min = 60\nupper_min = 90\n'
        '[[claim.check.readings]]\nkey = "x"\nname_en = "x"\nname_zh = "x"\nhubb = "110000"\n'
    )
    with pytest.raises(ClaimError, match=r":27: claim M1: unknown parameter 'hubb'; did you mean"):
        load_claims(write(text))


def test_files_that_cannot_be_read(write, tmp_path):
    with pytest.raises(ClaimError, match="no such file; check the path"):
        load_claims(tmp_path / "absent.toml")
    with pytest.raises(ClaimError, match=r"mine\.toml:2: not TOML: "):
        load_claims(write('[[claim]]\nid = A1\nsource = "x"\n'))
    with pytest.raises(ClaimError, match=r"mine\.toml:2: not TOML: "):
        load_claims(write('[[claim]]\nid = """A1\n'))
    with pytest.raises(ClaimError, match="unknown table 'claims'; did you mean 'claim'"):
        load_claims(write('[[claims]]\nid = "A1"\n'))
    with pytest.raises(ClaimError, match=r"start each with a line \[\[claim\]\]"):
        load_claims(write('[claim]\nid = "A1"\n'))
    bad = tmp_path / "latin.toml"
    bad.write_bytes(b'title = "caf\xe9"')
    with pytest.raises(ClaimError, match="cannot be read as UTF-8"):
        load_claims(bad)


def test_a_source_used_twice(write):
    source = GOOD[: GOOD.index("[[claim]]")]
    with pytest.raises(ClaimError, match=r":11: source key 'memo' is used twice"):
        load_sources(write(source + source))


def test_find_claim_suggests():
    claims = load_claims()
    assert find_claim(claims, "a4").id == "A4"
    with pytest.raises(UnknownNameError, match="no claim is called 'A44'") as near:
        find_claim(claims, "A44")
    assert near.value.remedy.startswith("did you mean 'A4'")
    with pytest.raises(UnknownNameError, match="no claim is called 'x'") as far:
        find_claim(claims, "x")
    assert far.value.remedy == "toolkit claims lists them"


def test_claims_of_other_clusters_are_passed_over(abc_cluster, make_inputs, make_times, make_claim):
    inputs = make_inputs(abc_cluster, times=make_times("K", {"A": 1, "B": 1, "C": 1}))
    here = make_claim("reach_with_exceptions", core="K", threshold_min=60)
    there = dataclasses.replace(here, id="T2", geography="elsewhere")
    assert [verdict.claim.id for verdict in check_claims([there, here], inputs)] == ["T1"]
    with pytest.raises(ClaimError, match="claim T2 speaks of elsewhere, not of made-up"):
        check_claim(there, inputs)


def test_tables_that_break_their_contract_are_refused(abc_cluster):
    with pytest.raises(MissingDataError, match="city_times has no column core_adcode"):
        CheckInputs(
            cluster=abc_cluster,
            city_times=pd.DataFrame({"minutes": [1]}),
            city_pairs=pd.DataFrame(),
            stations=gpd.GeoDataFrame(),
        )


def test_seeds_are_found_beside_the_installed_module_too(tmp_path, monkeypatch):
    package = tmp_path / "toolkit" / "claims"
    monkeypatch.setattr(registry, "__file__", str(package / "registry.py"))
    with pytest.raises(MissingDataError, match="seeds of claims are not installed"):
        seeds_directory()
    for place in (tmp_path / "seeds", package / "seeds"):
        place.mkdir(parents=True)
        (place / "claims.toml").touch()
        assert seeds_directory() == place


def test_a_list_written_inline_is_told_by_file(write):
    path = write('claim = [{ id = "M1", source = "memo" }]\n')
    with pytest.raises(ClaimError, match=r"mine\.toml:1: claim M1: 'locator' is missing"):
        load_claims(path)
