"""The clusters side by side on disk, and what is said of them."""

import json

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner

from toolkit.cli import cli
from toolkit.clusters import load_cluster
from toolkit.comparison import write_clusters
from toolkit.errors import MissingDataError
from toolkit.progress import Progress
from toolkit.publish.collection import reading
from toolkit.sources.reference import prefecture_areas

SMALL = ["ningxia-yellow-river", "central-shanxi"]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    out = tmp_path_factory.mktemp("比较 out")
    clusters = [load_cluster(slug) for slug in SMALL]
    return write_clusters(out, clusters, progress=Progress(stream=None))


def test_table_layer_and_map_hold_the_same_clusters(written):
    table, _, (csv, package, picture) = written
    again = pd.read_csv(csv, encoding="utf-8-sig")
    assert again["slug"].tolist() == table["slug"].tolist() == [SMALL[0]] * 2 + [SMALL[1]] * 2
    layer = gpd.read_file(package, layer="clusters").set_index("slug")
    newest = table[table["timetable_date"] == "2023-12-15"].set_index("slug")
    assert layer["p_sf"].to_dict() == newest["p_sf"].to_dict()
    oldest = table[table["timetable_date"] == "2016-11-13"].set_index("slug")
    change = newest["trains_per_day"] - oldest["trains_per_day"]
    assert layer["trains_per_day_change"].to_dict() == change.to_dict()
    yearbooks = prefecture_areas().set_index("adcode")["area_km2"]
    members = load_cluster("central-shanxi").cities.index
    assert layer.at["central-shanxi", "area_km2"] == pytest.approx(
        yearbooks[members].sum(), rel=0.03
    )
    assert picture.read_bytes().startswith(b"\x89PNG")


def row(slug, date, **figures):
    whole = {
        "slug": slug,
        "name_zh": slug,
        "name_en": slug,
        "timetable_date": date,
        "cities": 6,
        "cores": 1,
        "residents": 100,
        "fastest_train_cities": 4,
        "fastest_train_residents": 0.8,
        "door_to_door_cities": 1,
        "door_to_door_residents": 0.25,
        "rail_only": True,
        "p_sf": 0.5,
        "rank_size_slope": -1.0,
        "top_city_share": 0.6,
    }
    return whole | figures


def test_the_reading_is_made_from_the_table():
    table = pd.DataFrame(
        [
            row("a", "2016", p_sf=0.2),
            row("a", "2023", p_sf=0.4, top_city_share=0.5, rank_size_slope=-0.9),
            row("b", "2016", p_sf=0.3),
            row("b", "2023", p_sf=0.2, rank_size_slope=-1.2, fastest_train_residents=0.4),
            row("c", "2016", p_sf=0.5),
            row("c", "2023", p_sf=0.6, rank_size_slope=-0.5, residents=200),
        ]
    )
    reach, structure = reading(table)
    # residents within: 0.8 * 100 + 0.4 * 100 + 0.8 * 200 of 400
    assert "Of 15 cities beside the cores of 3 clusters, 12 lie within" in reach.en
    assert "(70% of the residents, cores included) but 3 door to door (25%)" in reach.en
    assert "by rail only in 3 clusters" in reach.en
    assert "rose in 2 of 3 clusters (median 0.30 to 0.40)" in structure.en
    assert "fell in 1 (median 60% to 60%)" in structure.en
    assert "rho of rank-size slope and P_SF 1.00" in structure.en
    assert "3个城市群核心以外的15个城市" in reach.zh


def test_one_timetable_is_not_compared_with_itself():
    _, structure = reading(pd.DataFrame([row("a", "2023")]))
    assert structure.en == "Too few clusters to compare sizes with links."


def test_no_cluster_is_no_comparison(tmp_path):
    with pytest.raises(MissingDataError, match="no cluster"):
        write_clusters(tmp_path, [])


def test_the_command_prints_the_table_and_the_sentences(tmp_path):
    command = ["compare", "宁夏沿黄", "--out", str(tmp_path), "--quiet"]
    shown = CliRunner().invoke(cli, command)
    assert shown.exit_code == 0, shown.output
    assert "Of 3 cities beside the cores of 1 cluster" in shown.output
    assert "Ningxia" in shown.output
    assert "P_SF: functional polycentricity of the direct trains" in shown.output
    chinese = CliRunner().invoke(cli, [*command, "--lang", "zh"]).output
    assert "宁夏沿黄城市群" in chinese
    assert "首位城市：涉及首位城市的列车占比" in chinese
    plain = json.loads(CliRunner().invoke(cli, [*command, "--json"]).output)
    assert [one["timetable_date"] for one in plain["rows"]] == ["2016-11-13", "2023-12-15"]
    assert plain["rows"][0]["slug"] == "ningxia-yellow-river"
