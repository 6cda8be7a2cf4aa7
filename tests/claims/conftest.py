"""Small made-up clusters and tables: a core K and cities round it, all numbers typed by hand."""

import geopandas as gpd
import pandas as pd
import pytest

from toolkit.claims import CheckInputs, CheckSpec, Claim
from toolkit.clusters import Cluster

# Fastest direct minutes from Beijing's main stations, timetables of 2023-12-15 and 2016-11-13.
BEIJING = {
    "131000": ("廊坊", "Langfang", 21, 21),
    "120000": ("天津", "Tianjin", 30, 33),
    "130600": ("保定", "Baoding", 35, 41),
    "130700": ("张家口", "Zhangjiakou", 47, 156),
    "130900": ("沧州", "Cangzhou", 51, 51),
    "130800": ("承德", "Chengde", 52, 251),
    "130100": ("石家庄", "Shijiazhuang", 60, 67),
    "130200": ("唐山", "Tangshan", 64, 64),
    "130500": ("邢台", "Xingtai", 96, 109),
    "130400": ("邯郸", "Handan", 97, 114),
    "130300": ("秦皇岛", "Qinhuangdao", 105, 107),
    "131100": ("衡水", "Hengshui", 128, 113),
}


def build_cluster(names, slug="made-up"):
    """Cluster of {code: (zh, en)}, the first its core, strung along a parallel."""
    codes = list(names)
    cities = gpd.GeoDataFrame(
        {
            "name_zh": [names[code][0] for code in codes],
            "name_en": [names[code][1] for code in codes],
            "is_core": [code == codes[0] for code in codes],
        },
        index=pd.Index(codes, name="adcode"),
        geometry=gpd.points_from_xy(
            [116 + 0.5 * n for n in range(len(codes))], [39.0] * len(codes)
        ),
        crs="EPSG:4326",
    )
    return Cluster(
        slug=slug,
        name_zh="样例城市群",
        name_en="Made-up cluster",
        aliases=(),
        cores=(codes[0],),
        secondary_cores=(),
        cities=cities,
        plan="",
        tier="",
        note="",
        extracts=(),
    )


def times_table(core, minutes, *, definition="fastest_train", stations="main", date="2023-12-15"):
    """Table city_times of {code: minutes}."""
    return pd.DataFrame(
        {
            "core_adcode": core,
            "city_adcode": list(minutes),
            "definition": definition,
            "station_set": stations,
            "statistic": "",
            "timetable_date": date,
            "minutes": [float(value) for value in minutes.values()],
            "trains_per_day": 12,
            "fastest_train": [f"G{code[-3:]}" for code in minutes],
            "from_station_zh": "起点",
            "to_station_zh": "终点",
            "itinerary": "",
        }
    )


def pairs_table(minutes, *, trains=20, train_class="fast", stations="core25", date="2023-12-15"):
    """City services both ways of {(from, to): minutes} or {(from, to): (minutes, trains)}."""
    rows = []
    for (one, other), value in minutes.items():
        fastest, count = value if isinstance(value, tuple) else (value, trains)
        rows += [
            {
                "from_adcode": start,
                "to_adcode": end,
                "train_class": train_class,
                "trains_per_day": count,
                "fastest_min": fastest,
                "median_min": fastest + 5.0,
                "fastest_train": f"G{start}{end}",
                "fastest_from_id": f"S{start}",
                "fastest_to_id": f"S{end}",
                "station_set": stations,
                "timetable_date": date,
            }
            for start, end in ((one, other), (other, one))
        ]
    return pd.DataFrame(rows)


@pytest.fixture
def beijing_minutes():
    """Minutes from Beijing by timetable date."""
    return {
        "2023-12-15": {code: row[2] for code, row in BEIJING.items()},
        "2016-11-13": {code: row[3] for code, row in BEIJING.items()},
    }


@pytest.fixture
def beijing_cluster():
    names = {"110000": ("北京", "Beijing")} | {code: row[:2] for code, row in BEIJING.items()}
    return build_cluster(names, slug="jing-jin-ji")


@pytest.fixture
def abc_cluster():
    """K and three cities A, B, C."""
    return build_cluster(
        {"K": ("核", "Kay"), "A": ("甲", "Ay"), "B": ("乙", "Bee"), "C": ("丙", "Sea")}
    )


@pytest.fixture
def make_cluster():
    return build_cluster


@pytest.fixture
def make_times():
    return times_table


@pytest.fixture
def make_pairs():
    return pairs_table


@pytest.fixture
def make_inputs():
    """Inputs with empty tables for what is not given."""

    def make(cluster, *, times=None, pairs=None):
        codes = list(cluster.cities.index)
        stations = gpd.GeoDataFrame(
            {
                "name_zh": [f"{name}站" for name in cluster.cities["name_zh"]],
                "adcode": codes,
                "is_main": True,
            },
            index=[f"S{code}" for code in codes],
            geometry=cluster.cities.geometry.to_numpy(),
            crs="EPSG:4326",
        )
        return CheckInputs(
            cluster=cluster,
            city_times=pd.DataFrame() if times is None else times,
            city_pairs=pd.DataFrame() if pairs is None else pairs,
            stations=stations,
        )

    return make


@pytest.fixture
def make_claim():
    """A claim about the made-up cluster."""

    def make(kind, *, year=2023, geography="made-up", **parameters):
        return Claim(
            id="T1",
            source="made-up",
            locator="line 1",
            geography=geography,
            year=year,
            statement_en="A statement.",
            statement_zh="一个说法。",
            check=CheckSpec(kind, parameters),
        )

    return make
