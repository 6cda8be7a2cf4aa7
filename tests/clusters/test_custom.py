"""Clusters of the user's own, and what is said about a file that is wrong."""

import pytest

from toolkit.clusters import Cluster, load_cluster
from toolkit.errors import InputFileError

RHINE = """
[cluster]
slug = "upper-rhine"
name_en = "Upper Rhine"
name_zh = "上莱茵"
aliases = ["Oberrhein"]
cores = ["Basel"]
secondary_cores = ["F-67482"]
plan = "example"
extracts = ["europe/switzerland", "europe/france/alsace"]

[[cities]]
adcode = "CH-2701"
name_en = "Basel"
name_zh = "巴塞尔"
lon = 7.59
lat = 47.56
residents = 173000
residents_year = 2020
residents_source = "made up for the test"

[[cities]]
adcode = "F-67482"
name_en = "Strasbourg"
lon = 7.75
lat = 48.57
membership = "part"
note = "west bank"
"""

NORTH = """
[cluster]
base = "京津冀"
slug = "jjj-north"
name_en = "North of Jing-Jin-Ji"
add = ["阳泉", "140100"]
remove = ["邯郸市", "xingtai"]

[[cities]]
adcode = "133100"
name_zh = "雄安"
name_en = "Xiong'an"
lon = 115.93
lat = 39.05

[[cities]]
adcode = "131000"
residents = 5500000
residents_year = 2022
"""


@pytest.fixture
def load(tmp_path):
    """Write a text to a file and load it as a cluster."""

    def write_and_load(text: str, name: str = "mine.toml") -> Cluster:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return load_cluster(path)

    return write_and_load


def test_a_cluster_anywhere_in_the_world(load):
    cluster = load(RHINE)
    assert (cluster.slug, cluster.name_en, cluster.name_zh) == (
        "upper-rhine",
        "Upper Rhine",
        "上莱茵",
    )
    assert cluster.cores == ("CH-2701",)
    assert cluster.secondary_cores == ("F-67482",)
    assert cluster.extracts == ("europe/switzerland", "europe/france/alsace")
    assert cluster.utm_epsg == 32632
    assert cluster.cities.crs.to_epsg() == 4326
    assert cluster.cities["is_core"].tolist() == [True, False]
    strasbourg = cluster.city("strasbourg")
    assert strasbourg["name_zh"] == "Strasbourg"
    assert strasbourg["note"] == "west bank"
    assert cluster.cities["residents"].isna().tolist() == [False, True]
    assert (strasbourg.geometry.x, strasbourg.geometry.y) == (7.75, 48.57)


def test_a_cluster_south_of_the_equator_gets_a_southern_zone(load):
    text = RHINE.replace("lat = 4", "lat = -4")
    assert load(text).utm_epsg == 32732


def test_own_and_built_in_clusters_have_the_same_columns(load):
    built_in = load_cluster("jing-jin-ji").cities
    for text in (RHINE, NORTH):
        cities = load(text).cities
        assert set(cities.columns) == set(built_in.columns)
        assert cities.dtypes.to_dict() == built_in.dtypes.to_dict()
        assert cities.index.name == "adcode"


def test_a_path_may_be_given_as_text(load, tmp_path):
    load(RHINE)
    assert load_cluster(str(tmp_path / "mine.toml")).slug == "upper-rhine"


def test_a_changed_built_in_cluster(load):
    cluster, base = load(NORTH), load_cluster("jing-jin-ji")
    assert cluster.slug == "jjj-north"
    assert cluster.name_zh == base.name_zh
    assert cluster.cores == base.cores
    assert set(cluster.cities.index) == set(base.cities.index) - {"130400", "130500"} | {
        "140300",
        "140100",
        "133100",
    }
    assert cluster.extracts == (*base.extracts, "asia/china/shanxi")
    assert cluster.cities.at["140300", "name_en"] == "Yangquan"
    assert cluster.cities.at["140300", "membership"] == "full"
    langfang = cluster.city("廊坊")
    assert langfang["residents"] == 5_500_000
    assert langfang["residents_year"] == 2022
    assert langfang["residents_source"] == ""
    assert langfang.geometry == base.city("廊坊").geometry
    assert len(load_cluster("jing-jin-ji").cities) == 13


def test_known_prefectures_need_only_their_code(load):
    cluster = load(
        '[cluster]\nname_en = "Twins"\ncores = ["沈阳"]\n'
        '[[cities]]\nadcode = "210100"\n[[cities]]\nadcode = "210400"\n',
        name="shen-fu.toml",
    )
    assert cluster.slug == "shen-fu"
    assert cluster.name_zh == "Twins"
    assert cluster.cities["name_zh"].tolist() == ["沈阳", "抚顺"]
    assert cluster.extracts == ("asia/china/liaoning",)


def test_cores_of_a_base_can_be_replaced(load):
    cluster = load('[cluster]\nbase = "jjj"\nslug = "a"\nremove = ["天津"]\ncores = ["北京"]\n')
    assert cluster.cores == ("110000",)
    assert cluster.secondary_cores == ("130100",)


CITY = '[[cities]]\nadcode = "1"\nname_en = "A"\nlon = 1.0\nlat = 1.0\n'
SWAPPED = '[[cities]]\nadcode = "2"\nname_en = "B"\nlon = 39.9\nlat = 116.4\n'
HEAD = '[cluster]\nname_en = "X"\ncores = ["A"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[cluster\n", r"mine.toml: not valid TOML: .*line 1"),
        ("", r"\[cluster\]: missing; add a table"),
        ('cluster = "x"', r"\[cluster\]: missing; add a table"),
        (HEAD + "[[towns]]\n", "towns: unknown key of the file"),
        ('[cluster]\nname_em = "X"\n', r"unknown key of \[cluster\]; did you mean 'name_en'"),
        ("[cluster]\nname_en = 3\n", "name_en: 3 is of the wrong kind; write text in quotes"),
        ('[cluster]\ncores = "A"\n', "cores: 'A' is of the wrong kind; write a list"),
        ("[cluster]\ncores = [110000]\n", "cores: 110000 is of the wrong kind"),
        (HEAD + 'cities = ["A"]\n', "cities: unknown key"),
        ('cities = ["A"]\n' + HEAD, "cities: not a list of tables"),
        (HEAD, r"\[\[cities\]\]: missing"),
        ('[cluster]\ncores = ["A"]\n' + CITY, "name_en: missing; write name_en, name_zh or both"),
        ('[cluster]\nname_en = "X"\n' + CITY, "cores: missing; name at least one city"),
        ('[cluster]\nname_en = "X"\ncores = []\n' + CITY, "cores: missing"),
        (HEAD.replace('"A"', '"B"') + CITY, "cores: no city to choose from is called 'B'"),
        (HEAD + CITY + CITY, r"\[\[cities\]\] adcode: '1' is there twice"),
        (HEAD + CITY.replace('"1"', "1"), r"\[\[cities\]\] 1 adcode: 1 is of the wrong kind"),
        (HEAD + CITY.replace('"1"', '""'), r"\[\[cities\]\] 1 adcode: missing"),
        (HEAD + CITY + SWAPPED, r"2 lat: 116.4 is out of range \(-90 to 90\); .* swapped"),
        (HEAD + CITY.replace("lon = 1.0", "lon = nan"), "1 lon: nan is out of range"),
        (HEAD + CITY.replace("lon = 1.0", "lon = true"), "1 lon: True is no number"),
        (HEAD + CITY.replace("lon = 1.0\n", ""), "1 lon: missing, and '1' is none of the known"),
        (HEAD + CITY.replace('name_en = "A"\n', ""), "1 name_en: missing"),
        (HEAD + CITY + "residents = -1\n", "1 residents: -1 is no count"),
        (HEAD + CITY + "residents = nan\n", "1 residents: nan is no count"),
        (HEAD + CITY + 'membership = "half"\n', "membership: 'half' is unknown"),
        (HEAD + CITY + "population = 1\n", r"population: unknown key of \[\[cities\]\]"),
        (HEAD + 'add = ["北京"]\n' + CITY, "add: needs a cluster to change"),
        (HEAD + 'slug = "a/b"\n' + CITY, "slug: 'a/b' cannot name a folder"),
        ('[cluster]\nbase = "jing-jin"\n', "base: no .* is called 'jing-jin'; did you mean"),
        ('[cluster]\nbase = "jjj"\nremove = ["上海"]\n', "remove: no city to choose from"),
        ('[cluster]\nbase = "jjj"\nadd = ["Atlantis"]\n', "add: no city to choose from is called"),
        ('[cluster]\nbase = "jjj"\nadd = ["保定"]\n', r"add: 保定 \(130600\) is a member already"),
        ('[cluster]\nbase = "jjj"\nadd = ["Suzhou"]\n', "add: .* more than one"),
        ('[cluster]\nbase = "jjj"\nremove = ["天津"]\n', "cores: 天津 is a core of jing-jin-ji"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_named_with_the_key_and_the_remedy(load, text, message):
    with pytest.raises(InputFileError, match=message) as error:
        load(text)
    assert str(error.value).startswith("mine.toml: ")
    assert error.value.remedy


def test_a_missing_file(tmp_path):
    with pytest.raises(InputFileError, match=r"nowhere\.toml: cannot be read .*; check the path"):
        load_cluster(tmp_path / "nowhere.toml")


def test_a_file_in_another_encoding(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes('[cluster]\nname_zh = "京津冀"\n'.encode("gb18030"))
    with pytest.raises(InputFileError, match=r"mine\.toml: not UTF-8; save it as UTF-8"):
        load_cluster(path)


def test_a_byte_order_mark_is_accepted(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(RHINE, encoding="utf-8-sig")
    assert load_cluster(path).slug == "upper-rhine"


def test_a_file_name_that_is_no_slug_asks_for_one(load):
    with pytest.raises(InputFileError, match="slug: '我的' cannot name a folder"):
        load(HEAD + CITY, name="我的.toml")
