"""The command line: results on stdout, one line and a code for an error."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from toolkit.cli import cli


@pytest.fixture
def call():
    runner = CliRunner()

    def run(*arguments):
        return runner.invoke(cli, list(arguments))

    return run


def test_clusters_lists_the_nineteen(call):
    done = call("clusters")
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 19
    assert "jing-jin-ji" in done.stdout
    assert "京津冀" in done.stdout


def test_clusters_as_json(call):
    rows = json.loads(call("clusters", "--json").stdout)
    assert rows[0]["slug"] == "jing-jin-ji"
    assert rows[0]["members"] == 13


def test_unknown_cluster_suggests_the_nearest(call):
    done = call("run", "jing-jin-jii")
    assert done.exit_code == 3
    assert done.stderr.count("\n") == 1
    assert "jing-jin-ji" in done.stderr
    assert not done.stdout


def test_claims_prints_verdicts(call):
    done = call("claims", "jing-jin-ji", "--id", "A1", "--quiet")
    assert done.exit_code == 0
    assert "FAILS" in done.stdout
    assert "G8801" in done.stdout
    assert not done.stderr


def test_a_claim_knows_its_cluster(call):
    done = call("claims", "--id", "A1", "--quiet", "--explain")
    assert done.exit_code == 0
    assert done.output.startswith("1. A1 (jjj-decade-2024")
    assert "1,000 draws" in done.output


def test_all_claims_are_summed_up_and_written(call, tmp_path):
    done = call("claims", "--quiet", "--out", str(tmp_path))
    assert done.exit_code == 0
    head = done.output.splitlines()[0]
    assert sum(int(number) for number in re.findall(r"\d+", head)) == 83
    assert sorted(path.name for path in tmp_path.iterdir()) == ["claims.csv", "claims.md"]
    text = (tmp_path / "claims.md").read_text(encoding="utf-8")
    assert all(f"## {name}:" in text for name in ("A1", "B25", "C22", "D16"))


def test_a_timetable_is_that_of_a_cluster(call):
    assert call("claims", "--timetable", "2023-12-15").exit_code == 2


def test_claims_of_one_outcome(call):
    done = call("claims", "national", "--quiet", "--json", "--outcome", "inconsistent")
    assert {row["outcome"] for row in json.loads(done.stdout)} == {"inconsistent"}


def test_claims_in_chinese(call):
    done = call("claims", "京津冀", "--id", "A1", "--quiet", "--lang", "zh")
    assert "唐山" in done.stdout


def test_claims_as_json(call):
    done = call("claims", "jing-jin-ji", "--quiet", "--json")
    outcomes = {row["id"]: row["outcome"] for row in json.loads(done.stdout)}
    assert outcomes["A1"] == "fails"


def test_national_claims_need_no_cluster(call):
    done = call("claims", "national", "--id", "C2", "--quiet", "--json")
    assert [row["outcome"] for row in json.loads(done.stdout)] == ["inconsistent"]


def test_explain_goes_step_by_step(call):
    done = call("claims", "national", "--id", "C14", "--quiet", "--explain")
    assert done.exit_code == 0
    assert "375.33%" in done.stdout  # 918 firms a km2 on that land over all firms of the nation


def test_unknown_claim(call):
    done = call("claims", "jing-jin-ji", "--id", "Z9", "--quiet")
    assert done.exit_code == 3
    assert "Z9" in done.stderr


def test_run_as_json(call, tmp_path):
    done = call("run", "jing-jin-ji", "--out", str(tmp_path), "--quiet", "--json", "--no-maps")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert found["cluster"] == "jing-jin-ji"
    assert any(row["city_zh"] == "天津" and row["minutes"] == 30 for row in found["city_times"])
    assert all(Path(name).exists() for name in found["files"])


def test_run_prints_the_table_and_the_files(call, tmp_path):
    done = call("run", "jing-jin-ji", "--out", str(tmp_path), "--no-maps")
    assert done.exit_code == 0
    for city, minutes in {
        "Langfang 廊坊": 21,
        "Shijiazhuang 石家庄": 60,
        "Hengshui 衡水": 128,
    }.items():
        line = next(line for line in done.stdout.splitlines() if city in line)
        assert line.split()[2] == str(minutes)
    headings = ("A1  FAILS", "Other claims", "FAILS (", "HOLDS (", "NOT CHECKABLE (", "Written:")
    places = [done.stdout.index(heading) for heading in headings]
    assert places == sorted(places)
    assert "schematic" in done.stdout
    assert "jing-jin-ji.gpkg" in done.stdout
    assert "travel times" in done.stderr


def test_doctor_says_what_is_missing(call, monkeypatch):
    monkeypatch.setenv("TOOLKIT_GEOFABRIK_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("TOOLKIT_OVERPASS_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("TOOLKIT_TIMETABLE_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("TOOLKIT_POPULATION_URL", "http://127.0.0.1:9/")
    findings = {row["subject"]: row for row in json.loads(call("doctor", "--json").stdout)}
    assert findings["python"]["ok"]
    assert findings["embedded timetables"]["detail"] == "2016-11-13, 2023-12-15"
    assert not findings["geofabrik"]["ok"]
    assert "TOOLKIT_GEOFABRIK_URL" in findings["geofabrik"]["detail"]


def test_wrong_usage(call):
    assert call("run").exit_code == 2
    assert call("fly").exit_code == 2


def test_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "toolkit", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("toolkit, version ")


def test_import_is_light():
    code = "import sys, toolkit; print([m for m in ('geopandas', 'numba') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
