"""What the table of clusters says, in two sentences made from its figures."""

import pandas as pd
from scipy.stats import spearmanr

from toolkit.analysis.definitions import load_definitions
from toolkit.claims.model import Sentence

__all__ = ["reading"]


def reading(table: pd.DataFrame) -> tuple[Sentence, Sentence]:
    """Read the table of clusters: what the measure of the hour decides, and how links changed.

    Parameters
    ----------
    table : DataFrame
        As `toolkit.analysis.comparison.compare_clusters` returns it; the newest timetable is read,
        and compared with the oldest where there are two.

    Returns
    -------
    tuple of Sentence
        One on reach, one on structure. No cluster is ranked.

    Examples
    --------
    >>> row = {"slug": "a", "name_zh": "甲", "name_en": "A", "timetable_date": "2023",
    ...        "cities": 5, "cores": 1, "residents": 10, "fastest_train_cities": 4,
    ...        "fastest_train_residents": 1.0, "door_to_door_cities": 1,
    ...        "door_to_door_residents": 0.5, "p_sf": 0.4, "rank_size_slope": -1.0,
    ...        "top_city_share": 0.5}
    >>> reading(pd.DataFrame([row]))[0].en
    'Of 4 cities beside the cores of 1 cluster, 4 lie within an hour of a core by fastest train \
(100% of the residents, cores included) but 1 door to door (50%): what is counted decides more \
than where one is.'
    """
    newest = table[table["timetable_date"] == table["timetable_date"].max()]
    return _reach(newest), _structure(table, newest)


def _reach(newest: pd.DataFrame) -> Sentence:
    """How many cities are within the hour by each definition, over all clusters."""
    known = load_definitions()
    keys = [key for key in known if f"{key}_cities" in newest]
    others = int((newest["cities"] - newest["cores"]).sum())
    residents = newest["residents"]
    english: list[str] = []
    chinese: list[str] = []
    for key in keys:
        inside = int(newest[f"{key}_cities"].sum())
        share = (newest[f"{key}_residents"] * residents).sum() / residents.sum()
        name = known[key].name_en[0].lower() + known[key].name_en[1:]
        how = f"by {name}" if "train" in key else name
        noted = " of the residents, cores included" if not english else ""
        english.append(f"{inside} {'lie within an hour of a core ' if not english else ''}{how} "
                       f"({share:.0%}{noted})")  # fmt: skip
        chinese.append(f"按{known[key].name_zh}为{inside}个（居民占{share:.0%}）")
    count = len(newest)
    start = f"Of {others} cities beside the cores of {count} cluster{'s' * (count != 1)}, "
    listed = " but ".join([", ".join(english[:-1]), english[-1]]) if english[1:] else english[0]
    rail = int(newest["rail_only"].sum()) if "rail_only" in newest else 0
    only = Sentence(
        f", by rail only in {rail} cluster{'s' * (rail != 1)}", f"；{rail}个城市群仅计铁路"
    )
    noted_en, noted_zh = (only.en, only.zh) if rail else ("", "")
    return Sentence(
        f"{start}{listed}{noted_en}: what is counted decides more than where one is.",
        f"{count}个城市群核心以外的{others}个城市中，一小时内可达核心者"
        f"{'，'.join(chinese)}{noted_zh}：计什么时间，比身在何处更能左右结果。",
    )


def _structure(table: pd.DataFrame, newest: pd.DataFrame) -> Sentence:
    """How the links by train changed, and whether sizes tell how even they are."""
    related = newest[["rank_size_slope", "p_sf"]].dropna()
    if len(related) > 2:
        found = spearmanr(related["rank_size_slope"], related["p_sf"])
        rho, p = float(found.statistic), float(found.pvalue)
        doubt = p >= 0.05
        told = Sentence(
            f"sizes {'do not tell' if doubt else 'go together with'} how even the links are "
            f"(Spearman's rho of rank-size slope and P_SF {rho:.2f}, p = {p:.2f}, N = "
            f"{len(related)})",
            f"规模分布与联系的均衡程度{'并无显著关联' if doubt else '相关'}"
            f"（位序规模斜率与P_SF的Spearman相关系数{rho:.2f}，p={p:.2f}，N={len(related)}）",
        )
    else:
        told = Sentence(
            "too few clusters to compare sizes with links", "城市群过少，无从比较规模与联系"
        )
    oldest = table[table["timetable_date"] == table["timetable_date"].min()]
    if len(oldest) != len(newest) or oldest["timetable_date"].iloc[0] == (
        date := newest["timetable_date"].iloc[0]
    ):
        return Sentence(f"{told.en[0].upper()}{told.en[1:]}.", f"{told.zh}。")
    before, after = oldest.set_index("slug"), newest.set_index("slug")
    change = (after["p_sf"] - before["p_sf"]).dropna()
    share = (after["top_city_share"] - before["top_city_share"]).dropna()
    since = before["timetable_date"].iloc[0]
    return Sentence(
        f"From {since} to {date} P_SF of the direct trains rose in {int((change > 0).sum())} of "
        f"{len(change)} clusters (median {before['p_sf'].median():.2f} to "
        f"{after['p_sf'].median():.2f}) and the share of trains that touch the top city fell in "
        f"{int((share < 0).sum())} (median {before['top_city_share'].median():.0%} to "
        f"{after['top_city_share'].median():.0%}); {told.en}.",
        f"自{since}至{date}，{len(change)}个城市群中有{int((change > 0).sum())}个的直达列车P_SF上升"
        f"（中位数{before['p_sf'].median():.2f}至{after['p_sf'].median():.2f}），"
        f"{int((share < 0).sum())}个的首位城市列车占比下降"
        f"（中位数{before['top_city_share'].median():.0%}至"
        f"{after['top_city_share'].median():.0%}）；{told.zh}。",
    )
