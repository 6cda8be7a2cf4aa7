"""Every target of the Makefile is there once, and does what its name says."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[1] / "Makefile"


def test_every_phony_target_has_one_recipe():
    text = MAKEFILE.read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", text, flags=re.MULTILINE)
    rules = re.findall(r"^([a-z-]+):(?!=)", text, flags=re.MULTILINE)
    assert sorted(rules) == sorted(set(rules))
    assert set(phony.split()) == set(rules)


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("clusters", "toolkit clusters"),
        ("all-clusters", "toolkit all-clusters"),
        ("compare", "toolkit compare"),
        ("demo", "toolkit run jing-jin-ji"),
        ("claims", "toolkit claims"),
        ("doctor", "toolkit doctor"),
    ],
)
def test_targets_call_their_command(target, command):
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    told = subprocess.run(
        ["make", "--dry-run", target],
        cwd=MAKEFILE.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not told.stderr
    assert f"-m {command}" in told.stdout
