"""Every message that the program can say has its Chinese, and nothing else is in the catalogue."""

import re
import tomllib
from dataclasses import fields
from functools import cache
from importlib.resources import files
from itertools import count

import pytest
from messages import templates

from toolkit.cli.language import entry_of, translate
from toolkit.networks.osm_report import ReadingReport

# What the source does not show as a text, and what it says there.
_TOLD_ELSEWHERE = {
    "cli/doctor.py: finding.detail": [],  # read where it is found
    "cli/doctor.py: finding.subject": [],
    "cli/options.py: line": [],  # of progress, read where it arises
    "doctor.py: ', '.join(TIMETABLE_DATES)": [],  # names, dates and versions
    "doctor.py: metadata.version(name)": [],
    "doctor.py: name": [],
    "doctor.py: service": [],
    "doctor.py: sys.version.split()[0]": [],
    "doctor.py: url": [],
    "networks/gtfs_calls.py: what": [  # of a loop
        "trips without a time at the first or last stop dropped",
        "trips whose times do not increase from stop to stop dropped",
        "trips of fewer than two stops dropped",
    ],
    "sources/overpass.py: plain_cause(error)": [  # looked up among parts of texts
        "no answer in time",
        "the proxy cannot be reached",
        "the connection failed ({})",
        "the connection broke off",
        "the server's name cannot be resolved (no internet?)",
        "the network cannot be reached (no internet?)",
        "the server refuses connections",
    ],
    "sources/transfer.py: plain_cause(error)": [],  # as above
    "sources/transfer.py: cause": ["the server answered {}"],  # stripped
}
# What fills a blank of others.
_WITHIN = [
    "toolkit.sources.content.wrong_head",
    "toolkit.sources.content.wrong_content",
    "toolkit.networks.gtfs_calls.report_line",
]
_WITHIN_OTHERS = [
    "its MD5 is {}, published is {}",
    "its SHA-256 is {}, wanted is {}",
    "the embedded timetable of {}",
    "city of {}",
    "definition {}",
]
_ENGLISH = re.compile(r"[a-z]{2,}[ ,;:]+[a-z]{2,}")
# Code, commands and words of files in messages; a run of English is none of them.
_CODE = re.compile(
    r"toolkit claims|make demo|python$|pip install|lambda seconds: np\S+|--[\w-]+|\w+=|\w+\.toml"
)


@cache
def _known() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("toolkit.cli").joinpath("chinese.toml").read_text("utf-8"))


def _report_lines() -> list[str]:
    """What a report on roads can say, of one thing and of several."""
    return [
        line
        for number in (1, 2)
        for line in ReadingReport(**{field.name: number for field in fields(ReadingReport)}).lines
    ] + list(ReadingReport(**{field.name: 2 for field in fields(ReadingReport)}).lines)


def _example(template: str) -> str:
    """A message; the last blank of one of signs only holds a message."""
    if not re.search("[A-Za-z]", template):
        template = re.sub(r"\{\}(\W*)$", r"'{}' is empty\1", template)
    number = count(1)
    return re.sub(r"\{\}", lambda _: f"X{next(number)}", template)


def _examples() -> list[str]:
    """Every message with blanks filled by X1, X2, ..."""
    said, _ = templates(*_WITHIN)
    said |= {*_WITHIN_OTHERS, *(text for texts in _TOLD_ELSEWHERE.values() for text in texts)}
    examples = map(_example, sorted(said - set(_known()["words"])))
    return [*examples, *_report_lines()]


def _entries_of(text: str) -> set[str]:
    """The entries of the catalogue that a message needs, in its blanks too."""
    found = entry_of(text)
    if found is None:
        return set()
    english, _, blanks = found
    return {english}.union(*map(_entries_of, blanks))


def test_every_text_is_read_or_known_not_to_be():
    _, unread = templates()
    assert sorted(unread) == sorted(_TOLD_ELSEWHERE), unread


def test_every_message_is_in_chinese_with_all_that_varies():
    wrong = {}
    for example in _examples():
        chinese = translate(example)
        blanks = set(re.findall(r"X\d", example))
        foreign = _ENGLISH.search(_CODE.sub("", chinese))
        words = re.search(r"[a-z]{2}", _CODE.sub("", re.sub(r"_?X\d_?", "", example)))
        native = re.search(r"[\u4e00-\u9fff]", chinese) or not words
        if foreign or not native or blanks != set(re.findall(r"X\d", chinese)):
            wrong[example] = chinese
    assert not wrong, "\n".join(f"{english} -> {chinese}" for english, chinese in wrong.items())


def test_every_entry_is_of_a_message_that_is_said():
    used = set().union(*map(_entries_of, _examples()))
    assert set(_known()["messages"]) - used == set()


@pytest.mark.parametrize("table", ["messages", "others"])
def test_chinese_fills_the_blanks_of_the_english_and_no_others(table):
    for english, chinese in _known()[table].items():
        blanks = sorted(map(int, re.findall(r"\{(\d)(?::word)?\}", chinese)))
        assert blanks == list(range(english.count("{}"))), english
        assert not re.search(r"[\u4e00-\u9fff][,;:!?]", chinese), f"narrow punctuation: {chinese}"


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("my.toml: cities: not a list of tables", "my.toml：cities：不是表的列表"),
        ("my.toml: cores: missing", "my.toml：cores：缺失"),
        ("'id' is 3, not text", "“id”为 3，应为文本"),
        ("did you mean 'a' or 'b'?", "是否指“a”或“b”？"),
        ("there are rail, road and none", "可用的有 rail、road 和 none"),
        ("no road network for Greater Bay", "没有 Greater Bay 的路网"),
        ("roads: 9 edges and 6 nodes from 3 ways", "路网：9 条边、6 个节点，来自 3 条道路"),
        ("roads of Beijing are not in the cache", "缓存中没有北京的道路"),
    ],
)
def test_a_blank_may_hold_a_message_a_word_or_names(english, chinese):
    assert translate(english) == chinese


@pytest.mark.parametrize("name", ["file", "outputs", "source", "city", "text"])
def test_what_the_user_calls_like_a_word_stays(name):
    assert translate(f"{name}: no such file") == f"{name}：没有这个文件"
    assert translate(f'add a line {name} = "..."') == f'请加一行 {name} = "..."'


def test_what_a_library_says_stays_whole():
    said = "Failed to read: neither text nor lines, of 3 or 4"
    assert translate(f"a.json: cannot be read as a line layer ({said})") == (
        f"a.json：无法作为线图层读取（{said}）"
    )
