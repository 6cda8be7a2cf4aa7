"""Help in Chinese: all of it, nothing else in the table, and columns that line up."""

import inspect
import tomllib
from importlib.resources import files

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from toolkit.cli import cli
from toolkit.cli.help import with_placeholders
from toolkit.terminal import text_width, wrapped

CHINESE = {"LC_ALL": "zh_CN.UTF-8"}
ENGLISH = {"LC_ALL": "C.UTF-8"}
TABLES = tomllib.loads(files("toolkit.cli").joinpath("chinese_help.toml").read_text("utf-8"))
NAMES = ["", *sorted(cli.commands)]


def _call(arguments, env=CHINESE):
    return CliRunner(env=env).invoke(cli, arguments, prog_name="toolkit")


def _help(name, *options, env=CHINESE):
    """The help of the program, or of a command."""
    return _call([*filter(None, [name]), *options, "--help"], env).stdout


def _context(name):
    root = click.Context(cli, info_name="toolkit", **cli.context_settings)
    return click.Context(cli.commands[name], info_name=name, parent=root) if name else root


def _texts(name):
    """Every sentence of a help that is no command to copy."""
    context = _context(name)
    for paragraph in inspect.cleandoc(context.command.help).split("\n\n"):
        yield "Examples:" if paragraph.startswith("\b") else " ".join(paragraph.split())
    yield from (one.help for one in context.command.get_params(context) if hasattr(one, "opts"))


def _terms(name):
    """What the usage and the options call values."""
    context = _context(name)
    yield from context.command.collect_usage_pieces(context)
    for parameter in context.command.get_params(context):
        if record := parameter.get_help_record(context):
            yield record[0]


def test_every_text_has_chinese_and_no_other_is_in_the_table():
    said = {text for name in NAMES for text in _texts(name) if text}
    assert said == set(TABLES["texts"])


def test_every_placeholder_has_chinese_and_no_other_is_in_the_table():
    terms = [term for name in NAMES for term in _terms(name)]
    used = {word for word in TABLES["placeholders"] if any(word in term for term in terms)}
    assert used == set(TABLES["placeholders"])
    for term in terms:
        shown = with_placeholders(term).replace("GTFS", "")
        assert not any(part.isupper() for part in shown.split() if part.isascii()), term


@pytest.mark.parametrize("name", NAMES)
def test_help_is_in_chinese_within_the_terminal(name):
    shown = _help(name)
    assert not set(TABLES["texts"]) & {" ".join(line.split()) for line in shown.splitlines()}
    example = False
    for line in shown.splitlines():
        example = line == "  示例：" or (example and line.startswith("    "))
        assert example or text_width(line) <= 80, line  # as wide as the runner
        assert line == line.rstrip()
    for heading in TABLES["headings"]:
        assert f"\n{heading}:\n" not in shown


@pytest.mark.parametrize("name", NAMES)
def test_what_options_do_stands_in_one_column(name):
    lines = _help(name).partition("\n选项：\n")[2].partition("\n命令：\n")[0].splitlines()
    helps = [line.partition("  -")[2].partition("  ")[2] for line in lines if line[:3] == "  -"]
    columns = {
        text_width(line.removesuffix(said.lstrip()))
        for line, said in zip((one for one in lines if one[:3] == "  -"), helps, strict=True)
        if said.strip()
    }
    assert len(columns) == 1
    others = {len(line) - len(line.lstrip()) for line in lines if line[:3] != "  -"}
    assert others <= columns


def test_examples_are_the_same_in_both_languages():
    for name in NAMES:
        english = [one for one in _help(name, env=ENGLISH).splitlines() if one[:4] == "    "]
        commands = [one for one in english if one.startswith("    toolkit ")]
        assert commands
        assert set(commands) <= set(_help(name).splitlines())


def test_the_language_of_help_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    english, chinese = _help("run", env=ENGLISH), _help("run")
    assert english.startswith("Usage: toolkit run [OPTIONS] CLUSTER\n")
    assert chinese.startswith("用法：toolkit run [选项] 城市群\n")
    assert _help("run", "--lang", "zh", env=ENGLISH) == chinese
    assert _call(["run", "--help", "--lang", "zh"], ENGLISH).stdout == chinese
    assert _help("run", env=ENGLISH | {"TOOLKIT_RUN_LANG": "zh"}) == chinese
    (tmp_path / "toolkit.toml").write_text('[run]\nlang = "zh"\n')
    assert _help("run", env=ENGLISH) == chinese
    assert _help("reach", env=ENGLISH).startswith("Usage: ")


def test_wrong_usage_names_values_as_the_help_does():
    told = _call(["run"])
    assert told.exit_code == 2
    assert told.stderr == (
        "用法：toolkit run [选项] 城市群\n“toolkit run --help”显示帮助。\n"
        "错误（用法）：缺少参数“城市群”。\n"
    )


@given(st.text("一二。（）“”ab -1", max_size=60), st.integers(8, 30))
def test_wrapping_keeps_every_letter_and_the_width(text, width):
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert text_width(line) <= width or len(wrapped(line, 1)) == 1
