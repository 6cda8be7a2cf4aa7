"""Fixtures shared by all tests."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# the same cases on every run, and no limit on time: a busy machine is no wrong answer
settings.register_profile("toolkit", derandomize=True, deadline=None)
settings.load_profile("toolkit")

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """Path of a file of the shared test data, or a skip that says which file is missing."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"shared test data not present: {name}")
        return path

    return find
