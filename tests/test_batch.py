"""Many clusters: each by itself, finished ones kept, failures told at the end, one comparison."""

import json
import subprocess
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner

from toolkit import batch
from toolkit.batch import fingerprint, run_clusters
from toolkit.cli import cli
from toolkit.clusters import load_cluster
from toolkit.errors import OutputError
from toolkit.progress import Progress
from toolkit.settings import DEFAULTS
from toolkit.sources.provenance import Provenance, write_provenance

SMALL = ("ningxia-yellow-river", "hohhot-baotou-ordos-yulin")
OPTIONS = ("--no-maps", "--population", "none")


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """Two small clusters, run and compared by the command."""
    out = tmp_path_factory.mktemp("all 城市群")
    names = [part for name in SMALL for part in ("--only", name)]
    done = CliRunner().invoke(cli, ["all-clusters", "--out", str(out), *names, "--json", *OPTIONS])
    return out, done


def test_each_is_run_into_its_own_folder(everything):
    out, done = everything
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert [(row["slug"], row["status"]) for row in told["clusters"]] == [
        (slug, "done") for slug in SMALL
    ]
    for slug in SMALL:
        assert (out / slug / f"{slug}.gpkg").is_file()
        assert "Written" in (out / slug / "run.log").read_text(encoding="utf-8")


def test_table_and_geopackage_agree_with_the_runs(everything):
    out, _ = everything
    table = pd.read_csv(out / "comparison.csv").set_index("slug")
    assert list(table.index) == list(SMALL)
    for slug in SMALL:
        cluster = load_cluster(slug)
        times = pd.read_csv(out / slug / "tables" / "city_times.csv", dtype={"core_adcode": str})
        fastest = times[
            (times["definition"] == "fastest_train")
            & (times["timetable_date"] == "2023-12-15")
            & (times["station_set"] == "main")
            & times["core_adcode"].isin(cluster.cores)
            & (times["minutes"] <= 60)
        ]
        near = set(fastest["city_adcode"].astype(str)) - set(cluster.cores)
        assert table.loc[slug, "fastest_train_cities"] == len(near)
        assert table.loc[slug, "cities"] == len(cluster.cities)
    clusters = gpd.read_file(out / "all-clusters.gpkg", layer="clusters")
    assert set(clusters["slug"]) == set(SMALL)
    assert clusters.geometry.is_valid.all()
    cities = gpd.read_file(out / "all-clusters.gpkg", layer="cities")
    assert cities.groupby("cluster").size().to_dict() == {
        slug: len(load_cluster(slug).cities) for slug in SMALL
    }


def test_page_opens_without_a_network_and_leads_to_each_report(everything):
    out, _ = everything
    page = (out / "comparison.html").read_text(encoding="utf-8")
    assert "http" not in page.replace("http-equiv", "")
    for slug in SMALL:
        assert f'href="{slug}/report.html"' in page
        assert (out / slug / "report.html").is_file()
    assert "宁夏沿黄城市群" in page
    assert "beside the cores of 2 clusters" in page


def test_what_is_finished_is_kept_until_something_changes(everything, monkeypatch):
    out, _ = everything

    def never(*arguments, **options):
        raise AssertionError("ran again")

    monkeypatch.setattr(batch.subprocess, "run", never)
    clusters = [load_cluster(slug) for slug in SMALL]
    quiet = Progress(stream=None)
    kept = run_clusters(clusters, out=out, options=OPTIONS, progress=quiet)
    assert [outcome.status for outcome in kept] == ["kept", "kept"]
    with pytest.raises(AssertionError, match="ran again"):
        run_clusters(clusters[:1], out=out, options=[*OPTIONS, "--core", "银川"], progress=quiet)


def test_a_failure_stops_no_other_and_is_told_at_the_end(tmp_path):
    names = ["--only", SMALL[0], "--only", SMALL[1]]
    options = ["--core", "银川", *OPTIONS]  # a city of the first only
    done = CliRunner().invoke(cli, ["all-clusters", "--out", str(tmp_path), *names, *options])
    assert done.exit_code == 1
    assert (tmp_path / "comparison.html").is_file()
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"failed: {SMALL[1]}: error: ")
    assert "银川" in last
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert "未完成 Failed" in page
    assert list(pd.read_csv(tmp_path / "comparison.csv")["slug"]) == [SMALL[0]]


def test_a_file_in_the_way_of_all_is_one_error(tmp_path):
    (tmp_path / "outputs").write_text("mine")
    for out in (tmp_path / "outputs", tmp_path / "outputs" / "below"):
        done = CliRunner().invoke(cli, ["all-clusters", "--out", str(out), "--quiet"])
        assert done.exit_code == OutputError.exit_code
        assert done.stderr.startswith(f"error: {out}: cannot be written (")
        assert done.stderr.endswith(
            "a file stands where a folder is needed: choose another folder\n"
        )
        assert len(done.stderr.splitlines()) == 1
    assert (tmp_path / "outputs").read_text() == "mine"


def test_a_file_in_the_way_of_one_cluster_fails_that_one(tmp_path, told):
    clusters = [load_cluster(name) for name in SMALL]
    (tmp_path / SMALL[0]).write_text("mine")
    blocked, other = run_clusters(clusters, out=tmp_path, progress=Progress(stream=None))
    assert (blocked.status, other.status) == ("failed", "done")
    assert blocked.problem == f"{tmp_path / SMALL[0]}: cannot be written (File exists)"
    assert (tmp_path / SMALL[0]).read_text() == "mine"


@pytest.fixture
def told(monkeypatch):
    """The options that each run would have been started with."""
    options = []

    def start(command, **_):
        options.append(command[command.index("--out") + 2 :])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(batch.subprocess, "run", start)
    return options


def run_small(out, *options):
    quiet = Progress(stream=None)
    clusters = [load_cluster(SMALL[0])]
    (outcome,) = run_clusters(clusters, out=out, options=options, progress=quiet)
    return outcome.status


def test_roads_are_those_downloaded_where_nothing_is_said_of_them(tmp_path, monkeypatch, told):
    assert run_small(tmp_path) == "done"
    monkeypatch.setattr(batch, "downloaded_extracts", lambda *_: ())
    for options in [(), ("--roads", "none"), ("--roads=none",), ("--live",)]:
        assert run_small(tmp_path, *options) == "done"
    assert told == [
        [],
        ["--roads", "downloaded"],
        ["--roads", "none"],
        ["--roads=none"],
        ["--live"],
    ]


def test_what_was_downloaded_anew_is_run_again(tmp_path, monkeypatch, told):
    settings = replace(DEFAULTS, data_folder=tmp_path / "data_raw")
    sidecar = settings.data_folder / "rail" / "gtfs.zip.provenance.json"
    sidecar.parent.mkdir(parents=True)
    write_provenance(sidecar, Provenance(url="https://mirror.example/gtfs.zip", sha256="a"))
    folder = tmp_path / "out" / SMALL[0]
    folder.mkdir(parents=True)
    (folder / f"{SMALL[0]}.gpkg").touch()
    inputs = [{"sha256": "a", "source": "https://mirror.example/gtfs.zip"}]
    inputs += [{"sha256": "b", "source": ""}]  # a file of one's own
    (folder / "run.json").write_text(json.dumps({"inputs": inputs}), encoding="utf-8")

    def status(*options):
        (outcome,) = run_clusters(
            [load_cluster(SMALL[0])],
            out=tmp_path / "out",
            options=options,
            settings=settings,
            progress=Progress(stream=None),
        )
        return outcome.status

    assert [status("--live"), status("--live"), status("--live", "--refresh")] == [
        "done",
        "kept",
        "done",
    ]
    assert [status("--live"), status("--live")] == ["done", "kept"]
    write_provenance(sidecar, Provenance(url="https://mirror.example/gtfs.zip", sha256="c"))
    assert status("--live") == "done"


def test_a_file_that_an_option_names_counts_with_its_contents(tmp_path):
    claims = tmp_path / "claims.toml"
    claims.write_text("a")
    before = fingerprint(["--claims", str(claims)])
    claims.write_text("b")
    assert fingerprint(["--claims", str(claims)]) != before
