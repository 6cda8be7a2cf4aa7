"""How a statement fares under every other choice: definition, threshold, timetable, stations."""

from collections.abc import Sequence

import pandas as pd

from toolkit.claims.cases import Case
from toolkit.claims.model import Language, Sentence
from toolkit.claims.wording import amount, definition_name, number, outcome_name, text_table

__all__ = ["STABILITY_WINDOW", "sensitivity_table", "sensitivity_text", "stability"]

# A quarter of the stated threshold: 45 to 75 min round one hour.
STABILITY_WINDOW = 0.25

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
        ``decisive_en``, ``decisive_zh`` and their signed ``margin`` in ``unit``.
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
            }
        )
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
    # Otherwise in the order of the claim: its plainest definition and first reading lead.
    return table.sort_values(
        ["fits", "timetable_date"], ascending=[False, False], kind="stable", ignore_index=True
    )


def stability(table: pd.DataFrame) -> float:
    """Share of the near alternatives in which the statement is true to the letter.

    Near alternatives are the rows that fit the statement's words, by the deciding timetable, with
    a threshold within `STABILITY_WINDOW` of the stated one (45 to 75 min for one hour). The date
    is not varied: another year is another fact, not another reading.

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
    if decides.empty:
        return float("nan")
    stated = float(decides["threshold"].iloc[0])
    near = (
        table["fits"]
        & table["timetable_date"].isin(decides["timetable_date"])
        & ((table["threshold"] - stated).abs() <= STABILITY_WINDOW * stated)
    )
    return float(table.loc[near, "holds"].mean())


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
            row["station_set"],
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
    return f"{name}, {row['statistic']}" if several else name


def _signed(margin: float) -> str:
    """Print a margin with its sign."""
    if margin in {float("inf"), float("-inf")}:
        return "+∞" if margin > 0 else "-∞"
    return f"+{number(margin)}" if margin >= 0 else number(margin)
