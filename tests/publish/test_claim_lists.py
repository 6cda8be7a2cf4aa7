"""Verdicts as claims.csv and claims.md."""

import re

import pandas as pd
import pytest

from toolkit.claims import check_national, find_claim, load_claims, load_sources
from toolkit.publish.claim_lists import claims_table, claims_text, write_claims


@pytest.fixture(scope="module")
def verdicts():
    known = load_claims()
    return check_national([find_claim(known, name) for name in ("C2", "C11", "A14", "D2")])


def test_csv_opens_in_excel_with_a_row_a_claim(verdicts, tmp_path):
    table, _ = write_claims(tmp_path / "claims", verdicts, load_sources())
    assert table.read_bytes().startswith("\ufeff".encode())
    read = pd.read_csv(table, encoding="utf-8-sig").set_index("claim_id")
    assert dict(read["outcome"]) == {
        "C2": "inconsistent", "C11": "holds", "A14": "not checkable", "D2": "holds",
    }  # fmt: skip
    assert read.at["C2", "outcome_zh"] == "自相矛盾"
    assert read.at["C2", "evidence_en"].startswith("Agglomerations of the same article: 5")
    assert 0.9 < read.at["C11", "stability"] < 1
    assert "rounding" not in read.at["C11", "stability_zh"]
    assert pd.isna(read.at["A14", "stability"])


def test_every_column_comes_in_both_languages(verdicts):
    columns = set(claims_table(verdicts).columns)
    assert {f"{name[:-3]}_zh" for name in columns if name.endswith("_en")} <= columns


def test_text_counts_lists_and_explains(verdicts, tmp_path):
    _, text = write_claims(tmp_path, verdicts, load_sources())
    written = text.read_text(encoding="utf-8")
    assert written == claims_text(verdicts, load_sources())
    assert "| holds | 成立 | 2 |" in written
    assert re.search(r"\| \[C2\]\(#c2\) \| inconsistent 自相矛盾 \| 0% \|", written)
    assert "## A14: not checkable 无法核验" in written
    assert "WorldPop" in written  # the data that would be needed
    targets = set(re.findall(r"\]\((#\w+)\)", written))
    assert targets == {f"#{name}" for name in re.findall(r'<a id="(\w+)">', written)}


def test_same_verdicts_same_bytes(verdicts, tmp_path):
    first, second = (write_claims(tmp_path / n, verdicts, load_sources()) for n in "ab")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
