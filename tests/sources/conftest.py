"""Fixtures of the tests of downloads."""

from collections.abc import Iterator

import pytest
from loopback import Web, start

from toolkit.sources import retry
from toolkit.sources.endpoints import DownloadSettings


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """Start the server, with proxies of the surroundings switched off."""
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(variable, "127.0.0.1")
    web = Web()
    stop = start(web)
    yield web
    stop()


@pytest.fixture
def hasty() -> DownloadSettings:
    """Settings with waits too short to be felt."""
    return DownloadSettings(
        connect_timeout_s=2.0,
        read_timeout_s=5.0,
        attempts=3,
        budget_s=10.0,
        backoff_s=0.001,
        backoff_max_s=0.01,
        disk_reserve_bytes=0,
    )


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits between attempts, noted instead of waited."""
    noted: list[float] = []
    monkeypatch.setattr(retry, "_sleep", noted.append)
    return noted
