"""What a run prints of its verdicts: by outcome, contradictions first, the unchecked counted."""

import pytest

from toolkit.claims import check_national, load_claims
from toolkit.claims.model import OUTCOMES
from toolkit.cli.claims import claims as command
from toolkit.summary import files_as_text, verdicts_by_outcome, verdicts_in_short


@pytest.fixture(scope="module")
def verdicts():
    chosen = {"A5", "A9", "C1", "C2", "C10", "C12", "D7"}
    return check_national([claim for claim in load_claims() if claim.id in chosen])


def test_contradictions_come_first_and_the_unchecked_are_counted(verdicts):
    lines = verdicts_by_outcome(verdicts, "jing-jin-ji").splitlines()
    heads = [line for line in lines if line.endswith(")")]
    assert heads == [
        "FAILS (1)",
        "INCONSISTENT (1)",
        "DEPENDS (1)",
        "BORDERLINE (1)",
        "HOLDS (1)",
        "NOT CHECKABLE (2)",
    ]
    assert lines[1:3] == [heads[0], f"  A9  {verdicts[1].claim.statement_en}"]
    assert not any(line.lstrip().startswith(("A5 ", "D7 ")) for line in lines)
    assert "--outcome not-checkable" in lines[-1]


def test_the_same_in_chinese(verdicts):
    text = verdicts_by_outcome(verdicts, "jing-jin-ji", "zh")
    heads = [line for line in text.splitlines() if line.endswith("）")]
    assert heads[0] == "不成立（1）"
    assert heads[-1] == "无法核验（2）"
    assert "跨城通勤" in text


def test_all_claims_with_their_outcomes_in_one_column(verdicts):
    lines = verdicts_in_short(verdicts).splitlines()
    assert lines[0].startswith("1 holds, 1 fails")
    assert len({line.index(verdict.claim.statement_en) for line, verdict in zip(
        lines[2:], verdicts, strict=True)}) == 1  # fmt: skip


def test_the_command_knows_every_outcome():
    (option,) = [one for one in command.params if one.name == "outcomes"]
    assert [choice.replace("-", " ") for choice in option.type.choices] == list(OUTCOMES)


def test_the_page_to_read_comes_first_and_folders_say_how_much_they_hold(tmp_path):
    (tmp_path / "maps").mkdir()
    (tmp_path / "tables").mkdir()
    names = ["a.gpkg", "maps/a.png", "maps/b.png", "report.html"]
    for name in (*names, "tables/t.csv"):
        (tmp_path / name).touch()
    files = [*(tmp_path / name for name in names), tmp_path / "tables"]
    assert files_as_text(files).splitlines() == [
        "Written:",
        f"  {tmp_path}/report.html",
        f"  {tmp_path}/a.gpkg",
        f"  {tmp_path}/maps/  (2 files)",
        f"  {tmp_path}/tables/  (1 file)",
    ]
    assert files_as_text(files, "zh").splitlines()[-1] == f"  {tmp_path}/tables/（1个文件）"
