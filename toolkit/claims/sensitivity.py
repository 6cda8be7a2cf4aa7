"""How a statement fares under every other choice: definition, threshold, timetable, stations."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from toolkit.claims.cases import Case
from toolkit.claims.model import Language, Sentence, Verdict
from toolkit.claims.uncertainty import standard_draws
from toolkit.claims.wording import (
    amount,
    definition_name,
    number,
    outcome_name,
    short_share,
    station_sets_name,
    statistic_name,
    text_table,
)

__all__ = ["sensitivity_table", "sensitivity_text", "stability", "stability_sentence"]

_COLUMNS = {
    "claim_id": "str",
    "reading": "str",
    "definition": "str",
    "statistic": "str",
    "station_set": "str",
    "timetable_date": "str",
    "threshold": "float64",
    "unit": "str",
    "fits": "bool",
    "decides": "bool",
    "holds": "bool",
    "outcome": "str",
    "inside": "int64",
    "total": "int64",
    "failing_en": "str",
    "failing_zh": "str",
    "decisive_en": "str",
    "decisive_zh": "str",
    "margin": "float64",
    "share": "float64",
}


def sensitivity_table(claim_id: str, cases: Sequence[Case]) -> pd.DataFrame:
    """Tabulate every case of a claim, one row each, those that fit the words first.

    Parameters
    ----------
    claim_id : str
    cases : sequence of Case

    Returns
    -------
    pandas.DataFrame
        ``claim_id``; the setting (``reading``, ``definition``, ``statistic``, ``station_set``,
        ``timetable_date``, ``threshold``, ``unit``); ``fits`` and ``decides``; ``holds`` (to the
        letter) and ``outcome`` (with the margin); ``inside`` of ``total``; ``failing_en`` and
        ``failing_zh`` (the places the facts contradict, separated by semicolons);
        ``decisive_en``, ``decisive_zh`` and their signed ``margin`` in ``unit``; ``share`` of the
        draws in which it is true to the letter.
    """
    rows = []
    for case in cases:
        setting, last = case.setting, case.items.iloc[case.decisive]
        rows.append(
            {
                "claim_id": claim_id,
                "reading": setting.reading,
                "definition": setting.definition,
                "statistic": setting.statistic,
                "station_set": setting.station_set,
                "timetable_date": setting.timetable_date,
                "threshold": setting.threshold,
                "unit": setting.unit,
                "fits": case.fits,
                "decides": case.decides,
                "holds": case.holds,
                "outcome": case.outcome,
                "inside": int((case.items["room"] >= 0).sum()),
                "total": len(case.items),
                "failing_en": "; ".join(case.unmet["name_en"]),
                "failing_zh": "；".join(case.unmet["name_zh"]),
                "decisive_en": last["name_en"],
                "decisive_zh": last["name_zh"],
                "margin": case.margin,
                "share": case.share,
            }
        )
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
    # Otherwise in the order of the claim: its plainest definition and first reading lead.
    return table.sort_values(
        ["fits", "timetable_date"], ascending=[False, False], kind="stable", ignore_index=True
    )


def stability(table: pd.DataFrame) -> float:
    """Share of the draws in which the statement is true to the letter.

    Each draw takes every uncertain input from its stated distribution (see
    `toolkit.claims.uncertainty`); readings that decide count alike.

    Parameters
    ----------
    table : pandas.DataFrame
        From `sensitivity_table`.

    Returns
    -------
    float
        From 0 to 1; NaN where nothing decides.
    """
    decides = table[table["decides"]]
    return float(decides["share"].mean()) if len(decides) else float("nan")


def stability_sentence(verdict: Verdict) -> Sentence | None:
    """Say in how many draws a statement is true and what was drawn; None where nothing decides.

    Parameters
    ----------
    verdict : Verdict

    Examples
    --------
    >>> from toolkit.claims import check_national, find_claim, load_claims
    >>> (verdict,) = check_national([find_claim(load_claims(), "C11")])
    >>> print(stability_sentence(verdict).en)
    True in 98% of 1,000 draws of: the last digit of a figure printed with decimals.
    """
    if np.isnan(verdict.stability):
        return None
    readings = int(verdict.sensitivity["decides"].sum())
    share = short_share(verdict.stability)
    if not verdict.drawn:
        if readings < 2:
            return Sentence(
                "None of the figures it rests on has a stated uncertainty.",
                "所依数值均无已知的不确定性。",
            )
        return Sentence(
            f"True in {share} of its {readings} readings; none of the figures it rests on has a "
            "stated uncertainty.",
            f"{readings}种理解中{share}成立；所依数值均无已知的不确定性。",
        )
    draws, parts = standard_draws(), _parts_sentence(verdict)
    names = [draws.uncertainties[key].name for key in verdict.drawn]
    of_each = Sentence("", "")
    if readings > 1:
        of_each = Sentence(f", for each of {readings} readings", f"（{readings}种理解各计）")
    return Sentence(
        f"True in {share} of {draws.number:,} draws{of_each.en} of: "
        f"{'; '.join(name.en for name in names)}.{parts.en}",
        f"在{draws.number:,}次抽样{of_each.zh}中{share}成立；"
        f"抽样对象：{'、'.join(name.zh for name in names)}。{parts.zh}",
    )


def _parts_sentence(verdict: Verdict) -> Sentence:
    """Say how prefectures that belong in part count, and which reading that turns round."""
    if "membership" not in verdict.drawn:
        return Sentence("", "")
    decides = verdict.sensitivity[verdict.sensitivity["decides"]]
    turned = decides[decides["holds"] != (decides["share"] > 0.5)]
    en = (
        " Of a prefecture that belongs to a cluster in part, every draw counts a part; "
        "the figures themselves count all of it or nothing, as the reading says."
    )
    zh = "部分属于城市群的地级单元，每次抽样只计其一部分；数值本身则按各理解全部计入或不计。"
    for _, row in turned.iterrows():
        said = outcome_name("holds" if row["holds"] else "fails")
        share = short_share(row["share"])
        en += f" So '{row['reading']}', which {said.en} by the figures, is true in {share} of them."
        zh += f"因此“{row['reading']}”按数值{said.zh}，而抽样中{share}成立。"
    return Sentence(en, zh)


def sensitivity_text(table: pd.DataFrame, language: Language = "en") -> str:
    """Print a sensitivity table compactly: one line a setting, one column a threshold.

    Each cell gives the places inside, the outcome and the signed margin; a star marks those that
    decide.

    Parameters
    ----------
    table : pandas.DataFrame
        From `sensitivity_table`.
    language : {'en', 'zh'}
    """
    heads = (
        Sentence("definition", "口径"),
        Sentence("cities", "城市范围"),
        Sentence("stations", "车站"),
        Sentence("timetable", "时刻表"),
    )
    thresholds = sorted(set(zip(table["threshold"], table["unit"], strict=True)))
    statistics = table.groupby("definition")["statistic"].nunique()
    lines: dict[tuple[str, ...], dict[float, str]] = {}
    for _, row in table.iterrows():
        setting = (
            _definition(row, language, several=bool(statistics[row["definition"]] > 1)),
            row["reading"],
            station_sets_name([row["station_set"]]).text(language),
            row["timetable_date"],
        )
        lines.setdefault(setting, {})[row["threshold"]] = _cell(row, language)
    used = [column for column in range(len(heads)) if any(line[column] for line in lines)]
    header = [heads[column].text(language) for column in used]
    return text_table(
        header + [amount(value, unit).text(language) for value, unit in thresholds],
        [
            [setting[column] for column in used] + [cells.get(value, "") for value, _ in thresholds]
            for setting, cells in lines.items()
        ],
    )


def _cell(row: pd.Series, language: Language) -> str:
    """Places inside, outcome and margin of one case."""
    outcome = outcome_name(row["outcome"]).text(language)
    star = "*" if row["decides"] else ""
    return f"{row['inside']}/{row['total']} {outcome} {_signed(row['margin'])}{star}"


def _definition(row: pd.Series, language: Language, *, several: bool) -> str:
    """Name of the definition, with its statistic where it occurs with several."""
    name = definition_name(row["definition"]).text(language)
    return f"{name}, {statistic_name(row['statistic']).text(language)}" if several else name


def _signed(margin: float) -> str:
    """Print a margin with its sign."""
    if margin in {float("inf"), float("-inf")}:
        return "+∞" if margin > 0 else "-∞"
    return f"+{number(margin)}" if margin >= 0 else number(margin)
