"""What `reach_with_exceptions` has to say: who is in and out, whether the exceptions are right."""

import math
from collections.abc import Sequence

from toolkit.claims.cases import Case
from toolkit.claims.judgement import Account, beside_sentence
from toolkit.claims.model import Outcome, Sentence
from toolkit.claims.wording import definition_name, number, place_list, station_sets_name

__all__ = ["reach_account"]


def reach_account(
    cases: Sequence[Case], leading: Case, outcome: Outcome, *, core: Sentence, margin_min: float
) -> Account:
    """Put the leading case of a reach check, and the others beside it, into words.

    Parameters
    ----------
    cases : sequence of Case
        All of the claim.
    leading : Case
    outcome : str
        Of the verdict.
    core : Sentence
        Name of the core city.
    margin_min : float

    Returns
    -------
    Account
    """
    reasons = (
        _count(leading, core),
        *_unexpected(leading),
        *_borderline(leading, margin_min),
        *_exceptions(leading),
        *_order(leading),
        *_others(cases, leading, outcome),
        *beside_sentence(cases, leading),
    )
    return Account(_summary(leading, core), reasons, (*_shifts(leading), *_threshold(leading)))


def _summary(case: Case, core: Sentence) -> Sentence:
    """One sentence on who is inside and who is not."""
    outside = case.items[case.items["room"] < 0]
    inside, total = len(case.items) - len(outside), len(case.items)
    limit, places = number(case.setting.threshold), place_list(outside, "minutes")
    return Sentence(
        f"{inside} of {total} cities within {limit} min of {core.en}"
        + (f"; outside: {places.en} min." if len(outside) else "."),
        f"距{core.zh}{limit}分钟以内的城市为{inside}个（共{total}个）"
        + (f"；圈外：{places.zh}（分钟）。" if len(outside) else "。"),
    )


def _count(case: Case, core: Sentence) -> Sentence:
    """How many are inside, and by which definition."""
    setting, name = case.setting, definition_name(case.setting.definition)
    inside, total = int((case.items["room"] >= 0).sum()), len(case.items)
    dated = [f"timetable {setting.timetable_date}"] if setting.timetable_date else []
    dated_zh = [f"{setting.timetable_date}时刻表"] if setting.timetable_date else []
    named = station_sets_name([setting.station_set])
    stations = [f"stations: {named.en}"] if named.en else []
    stations_zh = [f"车站：{named.zh}"] if named.zh else []
    notes, notes_zh = "; ".join(stations + dated), "；".join(stations_zh + dated_zh)
    limit = number(setting.threshold)
    return Sentence(
        f"By {name.en}{f' ({notes})' if notes else ''}, {inside} of {total} cities are within "
        f"{limit} min of {core.en} and {total - inside} are not.",
        f"按{name.zh}{f'（{notes_zh}）' if notes_zh else ''}，{total}个城市中有{inside}个在"
        f"{core.zh}{limit}分钟圈内，{total - inside}个不在。",
    )


def _unexpected(case: Case) -> tuple[Sentence, ...]:
    """Who is out though the statement says in."""
    unmet = case.unmet
    out = unmet[~unmet["excepted"]]
    if out.empty:
        return ()
    limit, places = number(case.setting.threshold), place_list(out, "minutes", overrun=True)
    return (
        Sentence(
            f"Outside though not excepted: {places.en} min (over {limit}).",
            f"未列为例外却在圈外：{places.zh}（分钟，括号内为超出{limit}分钟的部分）。",
        ),
    )


def _borderline(case: Case, margin_min: float) -> tuple[Sentence, ...]:
    """Who sits on the edge."""
    edge = case.at("borderline")
    if edge.empty:
        return ()
    limit, places = number(case.setting.threshold), place_list(edge, "minutes")
    hangs = case.outcome == "borderline"
    spare, spare_zh = ("", "") if hangs else ("; the outcome does not hang on it", "，但不影响结论")
    return (
        Sentence(
            f"Borderline, less than {number(margin_min)} min from {limit}: {places.en} min{spare}.",
            f"临界（距{limit}分钟不足{number(margin_min)}分钟）：{places.zh}（分钟）{spare_zh}。",
        ),
    )


def _exceptions(case: Case) -> tuple[Sentence, ...]:
    """Whether the exceptions are really outside."""
    named = case.items[case.items["excepted"]]
    sentences = []
    for out, en, zh in (
        (named[named["met"]], "Excepted and really outside", "列为例外且确在圈外"),
        (named[~named["met"]], "Excepted though inside", "列为例外却在圈内"),
    ):
        if len(out):
            places = place_list(out, "minutes")
            sentences.append(Sentence(f"{en}: {places.en} min.", f"{zh}：{places.zh}（分钟）。"))
    return tuple(sentences)


def _order(case: Case) -> tuple[Sentence, ...]:
    """Whether the exceptions are the slowest cities, as exceptions should be."""
    named = case.items[case.items["excepted"]]
    others = case.items[~case.items["excepted"]]
    if named.empty or others.empty:
        return ()
    slower = others[others["room"] < named["room"].max()]
    if slower.empty:
        return (Sentence("The exceptions are the slowest cities.", "所列例外确为耗时最长的城市。"),)
    places, spared = place_list(slower, "minutes"), place_list(named, "minutes")
    return (
        Sentence(
            f"The exceptions are not the slowest cities: {places.en} min are not excepted, "
            f"{spared.en} are, so no threshold makes the statement true.",
            f"所列例外并非最慢的城市：{places.zh}（分钟）未列为例外，而{spared.zh}列为例外，"
            "故任何阈值下原文都不成立。",
        ),
    )


def _others(cases: Sequence[Case], leading: Case, outcome: Outcome) -> tuple[Sentence, ...]:
    """What the other fitting definitions say; needed where they differ or there are several."""
    rest = [case for case in cases if case.decides and case is not leading]
    verb = {"depends": "By contrast, ", "borderline": "Beside it, "}.get(outcome, "")
    verb_zh = "相比之下，" if outcome == "depends" else ""
    sentences = []
    for case in rest:
        name = definition_name(case.setting.definition)
        unmet = place_list(case.unmet, "minutes")
        detail = f"; against it: {unmet.en} min" if len(case.unmet) else ""
        detail_zh = f"；不符：{unmet.zh}（分钟）" if len(case.unmet) else ""
        truth, truth_zh = ("true", "成立") if case.holds else ("false", "不成立")
        where = case.setting.station_set
        sentences.append(
            Sentence(
                f"{verb}by {name.en} ({where}) it is {truth}{detail}.",
                f"{verb_zh}按{name.zh}（{where}）{truth_zh}{detail_zh}。",
            )
        )
    return tuple(sentences)


def _shifts(case: Case) -> tuple[Sentence, ...]:
    """Which changes of times or of wording would flip the statement at its threshold."""
    limit = number(case.setting.threshold)
    if case.holds:
        last = case.items.iloc[case.decisive]
        by = number(abs(case.margin)) if math.isfinite(case.margin) else "?"
        word, word_zh = ("faster", "快") if last["excepted"] else ("slower", "慢")
        return (
            Sentence(
                f"False once {last['name_en']} is more than {by} min {word}.",
                f"若{last['name_zh']}再{word_zh}{by}分钟以上，则不成立。",
            ),
        )
    unmet = case.unmet
    out, needless = unmet[~unmet["excepted"]], unmet[unmet["excepted"]]
    sentences = []
    if len(out):
        places = place_list(out, "minutes", overrun=True)
        sentences.append(
            Sentence(
                f"True at {limit} min once these are as fast as that: {places.en}.",
                f"若下列城市均缩短至{limit}分钟以内，则成立：{places.zh}。",
            )
        )
    if len(needless):
        places = place_list(needless)
        sentences.append(
            Sentence(
                f"True without the exception of {places.en}.",
                f"若不把{places.zh}列为例外，则成立。",
            )
            if out.empty
            else Sentence(f"{places.en} would not be excepted.", f"{places.zh}亦不应列为例外。")
        )
    beyond = place_list(case.items[case.items["room"] < 0])
    sentences.append(
        Sentence(
            f"True at {limit} min if it read: all but {beyond.en}."
            if beyond.en
            else f"True at {limit} min if it excepted no city.",
            f"若改述为“除{beyond.zh}外均在{limit}分钟圈内”，则成立。"
            if beyond.zh
            else f"若改述为“所有城市均在{limit}分钟圈内”，则成立。",
        )
    )
    return tuple(sentences)


def _threshold(case: Case) -> tuple[Sentence, ...]:
    """Which thresholds, if any, make the statement true with its own exceptions."""
    needed = case.setting.threshold - case.items["room"]
    named = case.items["excepted"].astype(bool)
    low = needed[~named].max() if not named.all() else 0.0
    high = needed[named].min() if named.any() else math.inf
    if not low < high:
        return (
            Sentence(
                "No threshold makes it true with these exceptions.",
                "维持所列例外，则任何阈值下均不成立。",
            ),
        )
    below = f" and below {number(high)}" if math.isfinite(high) else ""
    below_zh = f"至不足{number(high)}" if math.isfinite(high) else "及以上"
    return (
        Sentence(
            f"With these exceptions it is true for thresholds from {number(low)}{below} min.",
            f"维持所列例外，则阈值取{number(low)}{below_zh}分钟时成立。",
        ),
    )
