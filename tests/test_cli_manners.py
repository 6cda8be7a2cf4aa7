"""Language by locale, configuration and environment, completion, colours, suggestions."""

import inspect
import tomllib
from importlib.resources import files

import pytest
from click.testing import CliRunner

import toolkit.errors
from toolkit.cli import cli
from toolkit.cli.language import language_of, translate
from toolkit.config import read_config
from toolkit.errors import InputFileError, UnknownNameError

CHINESE = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "zh_CN.UTF-8"}
ENGLISH = {"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}
CLAIM = ("claims", "national", "--id", "C14", "--quiet")


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Run the program in an empty folder, in English unless told otherwise."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, env=ENGLISH, **options):
        return CliRunner(env=dict(env)).invoke(cli, list(arguments), **options)

    return run


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_TW.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "C", "LC_MESSAGES": "zh_CN", "LANG": "zh_CN"}, "en"),
    ],
)
def test_the_locale_is_read_as_posix_says(environment, language):
    assert language_of(environment) == language


def test_results_are_in_the_language_of_the_locale_and_the_option_overrides(call):
    assert "918 firms" not in call(*CLAIM, env=CHINESE).stdout
    english = call(*CLAIM).stdout
    assert call(*CLAIM, "--lang", "en", env=CHINESE).stdout == english
    assert call(*CLAIM, "--lang", "zh").stdout == call(*CLAIM, env=CHINESE).stdout != english


def test_errors_are_in_the_language_of_the_locale(call):
    arguments = ("run", "jing-jin-jii", "--quiet")
    assert call(*arguments).stderr == (
        "error: no city cluster is called 'jing-jin-jii'; "
        "did you mean 'jing-jin-ji' or 'Beijing-Tianjin-Hebei'?\n"
    )
    told = call(*arguments, env=CHINESE)
    assert told.exit_code == 3
    assert told.stderr == (
        "错误（名称未知）：没有名为“jing-jin-jii”的城市群；"
        "是否指“jing-jin-ji”或“Beijing-Tianjin-Hebei”？\n"
    )


def test_wrong_usage_suggests_and_is_translated(call):
    assert call("clames").stderr.endswith(
        "error: No such command 'clames'. Did you mean 'claims'?\n"
    )
    told = call("run", "--rods", env=CHINESE)
    assert told.exit_code == 2
    assert told.stderr.endswith("错误（用法）：没有选项“--rods”，是否指“--roads”？\n")


def test_what_the_catalogue_does_not_hold_stays_as_it_is():
    assert translate("a message of nobody") == "a message of nobody"


def test_the_catalogue_knows_every_kind():
    catalogue = tomllib.loads(files("toolkit.cli").joinpath("chinese.toml").read_text("utf-8"))
    kinds = {
        name
        for name, kind in inspect.getmembers(toolkit.errors, inspect.isclass)
        if issubclass(kind, toolkit.errors.ToolkitError)
    }
    assert set(catalogue["kinds"]) == kinds - {"ToolkitError"}


def test_colours_only_on_a_terminal(call):
    plain = call("run", "nowhere-at-all", "--quiet").stderr
    assert "\x1b" not in plain
    assert "\x1b[31m" in call("run", "nowhere-at-all", "--quiet", color=True).stderr
    muted = call("run", "nowhere-at-all", env=ENGLISH | {"NO_COLOR": "1"}, color=True)
    assert "\x1b" not in muted.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_the_script_of_the_shell(call, shell):
    done = call("completion", shell)
    assert done.exit_code == 0
    assert f"_TOOLKIT_COMPLETE={shell}_complete" in done.stdout


def test_names_of_clusters_are_completed(call):
    env = ENGLISH | {"COMP_WORDS": "toolkit run jing", "COMP_CWORD": "2"}
    done = call(env=env | {"_TOOLKIT_COMPLETE": "bash_complete"}, prog_name="toolkit")
    assert done.stdout == "plain,jing-jin-ji\n"


def test_every_command_shows_examples(call):
    for name in cli.commands:
        assert "Examples:" in call(name, "--help").stdout, name


def test_configuration_gives_defaults_that_options_override(call, tmp_path):
    (tmp_path / "toolkit.toml").write_text('[claims]\nlang = "zh"\nid = ["C14"]\nquiet = true\n')
    assert call("claims", "national").stdout == call(*CLAIM, "--lang", "zh").stdout
    assert call("claims", "national", "--lang", "en").stdout == call(*CLAIM, "--lang", "en").stdout


def test_environment_variables_give_defaults(call):
    told = call(*CLAIM, env=ENGLISH | {"TOOLKIT_CLAIMS_LANG": "zh"})
    assert told.stdout == call(*CLAIM, "--lang", "zh").stdout


def test_settings_of_the_configuration_are_used(call, tmp_path):
    (tmp_path / "toolkit.toml").write_text('[settings]\noutput_folder = "results"\n')
    done = call("run", "宁夏沿黄", "--no-maps", "--population", "none", "--quiet")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "results" / "ningxia-yellow-river" / "report.html").is_file()


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("[settings]\nwaitng_min = 3", UnknownNameError, "did you mean 'waiting_min'"),
        (
            "[settings]\nwaiting_min = 'x'",
            InputFileError,
            "waiting_min should be a number, not 'x'",
        ),
        ("[settings]\nthresholds_min = 60", InputFileError, "should be a list, not 60"),
        ("[settings]\ngrid_m = true", InputFileError, "grid_m should be a number, not True"),
        ("[runn]\nlang = 'zh'", UnknownNameError, r"unknown table \[runn\]; did you mean 'run'"),
        ("[run]\nlan = 'zh'", UnknownNameError, "did you mean 'lang'"),
        ("lang = 'zh'", InputFileError, "should be inside a table"),
        ("[run\n", InputFileError, "not valid TOML"),
    ],
)
def test_a_mistake_in_the_configuration_is_told(tmp_path, text, kind, message):
    path = tmp_path / "toolkit.toml"
    path.write_text(text)
    with pytest.raises(kind, match=message):
        read_config({"run": frozenset({"lang", "maps"})}, path)


def test_settings_take_the_kind_of_their_defaults(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text("[settings]\nwaiting_min = 20\nthresholds_min = [30, 60]\ndata_folder = 'd'\n")
    settings = read_config({}, path).settings
    assert (settings.waiting_min, settings.thresholds_min) == (20.0, (30, 60))
    assert settings.data_folder.name == "d"
