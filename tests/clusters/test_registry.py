"""The 19 clusters: who belongs to them, how they are found, and that nobody can spoil them."""

import pandas as pd
import pytest

from toolkit.clusters import list_clusters, load_cluster, prefectures, union_members
from toolkit.clusters.names import normal_form
from toolkit.errors import MissingDataError, UnknownNameError

SLUGS = [
    "jing-jin-ji",
    "yangtze-river-delta",
    "pearl-river-delta",
    "chengdu-chongqing",
    "middle-yangtze",
    "shandong-peninsula",
    "guangdong-fujian-zhejiang-coast",
    "central-plains",
    "guanzhong-plain",
    "beibu-gulf",
    "harbin-changchun",
    "central-southern-liaoning",
    "central-shanxi",
    "central-guizhou",
    "central-yunnan",
    "hohhot-baotou-ordos-yulin",
    "lanzhou-xining",
    "ningxia-yellow-river",
    "tianshan-north-slope",
]
SIZES = [13, 26, 9, 16, 31, 16, 20, 30, 11, 10, 11, 12, 5, 6, 5, 4, 9, 4, 6]


def test_the_nineteen_come_in_official_order_with_their_members():
    clusters = list_clusters()
    assert [cluster.slug for cluster in clusters] == SLUGS
    assert [len(cluster.cities) for cluster in clusters] == SIZES


@pytest.mark.parametrize(
    ("slug", "residents"), [("jing-jin-ji", 110_369_339), ("yangtze-river-delta", 165_085_566)]
)
def test_census_residents_add_to_the_published_totals(slug, residents):
    cities = load_cluster(slug).cities
    assert int(cities["residents"].sum()) == residents
    assert set(cities["residents_source"]) == {"census 2020"}


def test_residents_are_missing_for_two_corps_cities_only_and_say_where_they_come_from():
    table = prefectures()
    assert table.index[table["residents"].isna()].tolist() == ["659001", "659004"]
    assert (table["residents_source"] == "").sum() == 2
    assert table["residents_year"].isna().sum() == 2
    assert table["residents_source"].str.startswith("census 2020").sum() == 39 + 14
    assert table["residents"].between(40_000, 33_000_000).sum() == 234


@pytest.mark.parametrize("slug", SLUGS)
def test_every_name_leads_to_the_cluster(slug):
    cluster = load_cluster(slug)
    assert cluster.slug == slug
    short = cluster.name_zh.removesuffix("城市群")
    for name in (cluster.name_zh, short, cluster.name_en, *cluster.aliases):
        assert load_cluster(name).slug == slug
        assert load_cluster(f"  {name.upper()} ").slug == slug


def test_no_two_clusters_share_a_name():
    owners: dict[str, set[str]] = {}
    for cluster in list_clusters():
        for name in (cluster.slug, cluster.name_zh, cluster.name_en, *cluster.aliases):
            owners.setdefault(normal_form(name), set()).add(cluster.slug)
    assert [form for form, slugs in owners.items() if len(slugs) > 1] == []


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("长三角", "yangtze-river-delta"),
        ("珠三角", "pearl-river-delta"),
        ("粤港澳大湾区", "pearl-river-delta"),
        ("JJJ", "jing-jin-ji"),
        ("ＪＪＪ", "jing-jin-ji"),
        ("jingjinji", "jing-jin-ji"),
        ("beijing tianjin hebei", "jing-jin-ji"),
        ("yrd", "yangtze-river-delta"),
        ("chang-san-jiao", "yangtze-river-delta"),
    ],
)
def test_aliases_case_and_width(name, slug):
    assert load_cluster(name).slug == slug


def test_a_misspelt_cluster_names_the_nearest():
    with pytest.raises(UnknownNameError, match="no city cluster is called 'jing-jin-jii'") as error:
        load_cluster("jing-jin-jii")
    assert "did you mean 'jing-jin-ji'" in str(error.value)


def test_a_name_like_no_other_lists_the_names():
    with pytest.raises(UnknownNameError, match="tianshan-north-slope"):
        load_cluster("???")


@pytest.mark.parametrize("slug", SLUGS)
def test_cores_are_members_and_marked(slug):
    cluster = load_cluster(slug)
    assert cluster.cores
    assert set(cluster.cores) == set(cluster.cities.index[cluster.cities["is_core"]])
    assert set(cluster.secondary_cores) <= set(cluster.cities.index) - set(cluster.cores)
    assert cluster.cities.index.is_unique
    assert set(cluster.cities["membership"]) <= {"full", "part"}
    assert cluster.cities.crs.to_epsg() == 4326


def test_secondary_cores_of_jing_jin_ji():
    cluster = load_cluster("jing-jin-ji")
    assert cluster.cores == ("110000", "120000")
    assert cluster.secondary_cores == ("130100",)


def test_partial_membership_is_stated():
    cities = load_cluster("chengdu-chongqing").cities
    part = cities[cities["membership"] == "part"]
    assert part["name_zh"].tolist() == ["重庆", "绵阳", "达州", "雅安"]
    assert part.loc["511700", "note"] == "without 万源"


def test_clusters_cover_236_prefectures_and_eight_belong_to_two():
    union = union_members(list_clusters())
    assert set(union.index) == set(prefectures().index)
    assert len(union) == 236
    twice = union[union["clusters"].str.contains(";")]
    shared = ["130400", "130500", "140800", "360600", "361000", "361100", "371500", "371700"]
    assert sorted(twice.index) == shared


def test_union_counts_handan_and_xingtai_once():
    capital, plains = load_cluster("jing-jin-ji"), load_cluster("central-plains")
    union = union_members([capital, plains])
    assert len(union) == 13 + 30 - 2
    shared = capital.cities.loc[["130400", "130500"], "residents"].sum()
    both = capital.cities["residents"].sum() + plains.cities["residents"].sum()
    assert union["residents"].sum() == both - shared
    assert union.index[union["is_core"]].tolist() == ["110000", "120000", "410100"]


def test_a_full_member_of_one_cluster_is_full_in_the_union():
    middle, coast = load_cluster("middle-yangtze"), load_cluster("guangdong-fujian-zhejiang-coast")
    assert middle.cities.at["361000", "membership"] == "part"
    assert union_members([middle, coast]).at["361000", "membership"] == "full"


def test_union_of_nothing_is_refused():
    with pytest.raises(MissingDataError):
        union_members([])


@pytest.mark.parametrize("slug", SLUGS)
def test_extracts_name_the_province_of_every_member(slug):
    cluster = load_cluster(slug)
    provinces = {code[:2] for code in cluster.cities.index}
    assert len(cluster.extracts) == len(set(cluster.extracts)) == len(provinces)
    assert all(extract.startswith("asia/china/") for extract in cluster.extracts)


def test_extracts_of_known_clusters():
    extracts = {cluster.slug: set(cluster.extracts) for cluster in list_clusters()}
    delta = {"shanghai", "jiangsu", "zhejiang", "anhui"}
    assert extracts["yangtze-river-delta"] == {f"asia/china/{name}" for name in delta}
    assert extracts["pearl-river-delta"] == {"asia/china/guangdong"}
    assert extracts["chengdu-chongqing"] == {"asia/china/sichuan", "asia/china/chongqing"}
    assert "asia/china/hebei" in extracts["jing-jin-ji"]


@pytest.mark.parametrize(
    ("slug", "epsg"),
    [("jing-jin-ji", 32650), ("chengdu-chongqing", 32648), ("tianshan-north-slope", 32645)],
)
def test_utm_zone(slug, epsg):
    assert load_cluster(slug).utm_epsg == epsg


@pytest.mark.parametrize("name", ["130100", "石家庄", "石家庄市", "Shijiazhuang", " shijiazhuang"])
def test_a_city_is_found_by_any_name(name):
    row = load_cluster("jing-jin-ji").city(name)
    assert isinstance(row, pd.Series)
    assert row.name == "130100"


def test_a_misspelt_city_names_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'Zhangjiakou'"):
        load_cluster("jing-jin-ji").city("Zhangjiako")


def test_a_city_outside_the_cluster_is_unknown():
    with pytest.raises(UnknownNameError, match="no city of Pearl River Delta is called '北京'"):
        load_cluster("pearl-river-delta").city("北京")


def test_an_english_name_of_two_cities_is_refused():
    with pytest.raises(UnknownNameError, match=r"泰州 \(321200\), 台州 \(331000\)"):
        load_cluster("yangtze-river-delta").city("Taizhou")


def test_changes_by_a_caller_stay_with_the_caller():
    first = load_cluster("jing-jin-ji")
    first.cities.loc["110000", "residents"] = 1
    first.cities["name_en"] = "x"
    listed = list_clusters()[0].cities
    listed.loc["130100", "name_zh"] = "x"
    table = prefectures()
    table.loc["130200", "name_zh"] = "x"
    again = load_cluster("jing-jin-ji").cities
    assert int(again["residents"].sum()) == 110_369_339
    assert again.at["120000", "name_en"] == "Tianjin"
    assert again.loc[["130100", "130200"], "name_zh"].tolist() == ["石家庄", "唐山"]
    assert prefectures().at["130200", "name_zh"] == "唐山"


@pytest.mark.parametrize(
    ("city", "homes"),
    [("beijing", "jing-jin-ji"), ("广州", "pearl-river-delta"), ("Guangzhou", "pearl-river-delta")],
)
def test_the_name_of_a_city_leads_to_its_cluster(city, homes):
    with pytest.raises(UnknownNameError, match=f"called '{city}'; that is a city of {homes}$"):
        load_cluster(city)
