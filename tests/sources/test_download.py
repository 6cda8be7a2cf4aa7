"""Downloads against a server that fails in every way: whole and checked, or one clear error."""

import errno
import hashlib
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from loopback import Reply, cut, html, redirect, status

from toolkit.errors import DownloadError, InputFileError, MissingDataError
from toolkit.sources import transfer
from toolkit.sources.content import ContentKind, wrong_content, wrong_head
from toolkit.sources.download import fetch
from toolkit.sources.endpoints import PUBLIC_SERVERS, DownloadSettings, base_url
from toolkit.sources.provenance import local_file, read_provenance

BODY = bytes(range(256)) * 1200  # 307,200 bytes that are neither text nor compressed
PBF_HEAD = b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7c"


def archive() -> bytes:
    """A small ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("a.txt", "x" * 5000)
    return buffer.getvalue()


def md5(content: bytes) -> bytes:
    return hashlib.md5(content).hexdigest().encode() + b"  file\n"


def limits(settings: DownloadSettings, reply: Reply) -> DownloadSettings:
    """Settings that do not wait long for a server that stalls."""
    return replace(settings, read_timeout_s=0.2) if reply.ending == "stall" else settings


def only(folder: Path) -> set[str]:
    """Names in a cache folder, locks aside."""
    return {path.name for path in folder.iterdir() if not path.name.endswith(".lock")}


@pytest.fixture
def get(web, tmp_path, hasty):
    """Fetch /file.bin of the server into an empty cache."""

    def get(**options):
        url = web.url + "/file.bin"
        return fetch(url, into=tmp_path, **({"settings": hasty, "progress": False} | options))

    web.put("/file.bin", BODY)
    return get


@pytest.fixture
def fault_free(web, get, hasty):
    """Server, client and settings together."""
    return web, get, hasty


# --- when all goes well


def test_a_file_comes_whole_with_its_provenance(web, get, tmp_path):
    file = get(licence="CC0", data_date="2026-07-19")
    assert file.path == tmp_path / "file.bin"
    assert file.path.read_bytes() == BODY
    note = file.provenance
    assert note.url == web.url + "/file.bin"
    assert note.size_bytes == len(BODY)
    assert note.sha256 == hashlib.sha256(BODY).hexdigest()
    assert note.etag.startswith('"')
    assert note.last_modified == "Sun, 19 Jul 2026 04:00:00 GMT"
    assert (note.licence, note.data_date) == ("CC0", "2026-07-19")
    assert datetime.fromisoformat(note.retrieved).tzinfo is not None
    assert only(tmp_path) == {"file.bin", "file.bin.provenance.json"}
    assert json.loads((tmp_path / "file.bin.provenance.json").read_text())["sha256"] == note.sha256


def test_the_cache_answers_without_the_server(web, get):
    first = get()
    assert get() == first
    assert get(offline=True) == first
    assert len(web.requests) == 1


def test_chunked_framing_needs_no_length(web, get):
    web.always("/file.bin", Reply(framing="chunked", piece=5000))
    file = get()
    assert file.path.read_bytes() == BODY
    assert file.provenance.size_bytes == len(BODY)


def test_a_relative_redirect_is_followed(web, get):
    web.next("/file.bin", redirect("/elsewhere.bin"))
    web.put("/elsewhere.bin", BODY)
    assert get().path.read_bytes() == BODY


def test_the_proxy_of_the_environment_is_used(web, tmp_path, hasty, monkeypatch):
    web.put("/far.bin", BODY)
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, web.url)
    file = fetch("http://server.invalid/far.bin", into=tmp_path, settings=hasty, progress=False)
    assert file.path.read_bytes() == BODY
    assert web.requests[0].target == "http://server.invalid/far.bin"


def test_secrets_of_a_url_are_not_written_down(web, tmp_path, hasty):
    web.put("/a.bin", BODY)
    url = web.url.replace("//", "//me:secret@") + "/a.bin?token=hidden"
    file = fetch(url, into=tmp_path, settings=hasty, progress=False)
    assert "authorization" in web.requests[0].headers
    assert web.requests[0].target == "/a.bin?token=hidden"
    sidecar = (tmp_path / "a.bin.provenance.json").read_text()
    assert file.provenance.url == web.url + "/a.bin"
    assert not re.search("secret|hidden", sidecar)


def test_progress_shows_size_and_rate_on_stderr_only_when_wanted(get, capsys):
    get(progress=False)
    assert capsys.readouterr() == ("", "")
    get(refresh=True, progress=None)  # not a terminal
    assert capsys.readouterr() == ("", "")


def test_progress_bar_names_file_and_rate(web, tmp_path, hasty, capsys):
    web.put("/b.bin", BODY)
    fetch(web.url + "/b.bin", into=tmp_path, settings=hasty, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "b.bin" in err
    assert re.search(r"307k.*B/s", err)


# --- faults that pass


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_a_server_that_is_busy_for_a_while_is_asked_again(web, get, code):
    web.next("/file.bin", status(code), status(code))
    assert get().path.read_bytes() == BODY
    assert len(web.requests) == 3


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(cut(100_000), id="truncated"),
        pytest.param(cut(100_000, "reset"), id="reset"),
        pytest.param(cut(100_000, "stall"), id="stalled"),
        pytest.param(cut(100_000, framing="chunked"), id="chunked, truncated"),
        pytest.param(Reply(length_off_by=5000), id="longer announced than sent"),
    ],
)
def test_a_broken_transfer_goes_on_where_it_broke(web, get, hasty, fault):
    web.next("/file.bin", fault)
    assert get(settings=limits(hasty, fault)).path.read_bytes() == BODY
    first, second = web.asked("/file.bin")[:2]
    assert first.range is None
    begun = int(second.range.removeprefix("bytes=").removesuffix("-"))
    assert 0 < begun <= first.sent
    assert second.headers["if-range"] == hashlib.sha1(BODY).hexdigest()[:12].join('""')


def test_without_ranges_it_starts_over(web, get):
    web.next("/file.bin", cut(100_000, ranges=False), Reply(ranges=False))
    assert get().path.read_bytes() == BODY
    assert web.sent("/file.bin") == 100_000 + len(BODY)


def test_without_validators_it_starts_over(web, get):
    web.next("/file.bin", cut(100_000, etag="", dated=False))
    assert get().path.read_bytes() == BODY
    assert web.asked("/file.bin")[1].range is None


def test_a_weak_etag_is_no_reason_to_resume_but_a_date_is(web, get):
    web.always("/file.bin", Reply(etag='W/"weak"'))
    web.next("/file.bin", cut(100_000, etag='W/"weak"'))
    assert get().path.read_bytes() == BODY
    assert web.asked("/file.bin")[1].headers["if-range"] == "Sun, 19 Jul 2026 04:00:00 GMT"


def test_a_new_version_between_two_attempts_replaces_the_part(web, get):
    newer = BODY[::-1]
    web.next("/file.bin", cut(100_000))
    web.on_request = lambda request: request.range and web.put("/file.bin", newer)
    assert get().path.read_bytes() == newer


def test_a_server_that_ignores_if_range_cannot_mix_two_versions(web, get):
    web.next("/file.bin", cut(100_000, etag='"old"'))
    # the new version as a partial answer, though the old one was asked for
    rest = (("Content-Range", f"bytes 100000-{len(BODY) - 1}/{len(BODY)}"), ("ETag", '"new"'))
    web.next("/file.bin", Reply(status=206, body=BODY[::-1][100_000:], headers=rest))
    assert get().path.read_bytes() == BODY


def spans(first: int, last: int) -> tuple[tuple[str, str], ...]:
    """Headers of a partial answer."""
    etag = hashlib.sha1(BODY).hexdigest()[:12].join('""')
    return (("Content-Range", f"bytes {first}-{last}/{len(BODY)}"), ("ETag", etag))


def test_a_server_that_sends_another_range_cannot_spoil_the_part(web, get):
    web.next("/file.bin", cut(100_000))
    right_in_length_only = BODY[:-100_000]
    headers = spans(0, len(BODY) - 100_001)
    web.next("/file.bin", Reply(status=206, body=right_in_length_only, headers=headers))
    assert get().path.read_bytes() == BODY
    assert web.asked("/file.bin")[2].range is None


def test_a_server_that_sends_less_than_asked_for_is_asked_for_the_rest(web, get):
    web.next("/file.bin", cut(100_000))
    some = BODY[100_000:150_000]
    web.next("/file.bin", Reply(status=206, body=some, headers=spans(100_000, 149_999)))
    assert get().path.read_bytes() == BODY
    assert web.asked("/file.bin")[2].range == "bytes=150000-"


def test_a_part_from_another_mirror_is_not_continued(web, get, tmp_path, hasty):
    web.put("/mirror/file.bin", BODY)
    web.always("/mirror/file.bin", cut(0))
    web.next("/mirror/file.bin", cut(100_000))
    with pytest.raises(DownloadError, match="broke off"):
        fetch(web.url + "/mirror/file.bin", into=tmp_path, settings=hasty, progress=False)
    assert get().path.read_bytes() == BODY
    assert web.asked("/file.bin")[0].range is None


def test_progress_renews_hope(web, get):
    """Ten broken connections are no reason to give up while each brings a piece."""
    web.next("/file.bin", *[cut(30_000)] * 10)
    assert get().path.read_bytes() == BODY
    assert len(web.requests) == 11
    assert web.sent("/file.bin") == len(BODY)


def test_waits_double_and_stay_below_their_limit(web, get, hasty, waits):
    web.always("/file.bin", status(503))
    patient = replace(hasty, attempts=6, backoff_s=1.0, backoff_max_s=4.0, budget_s=1000.0)
    with pytest.raises(DownloadError, match="503"):
        get(settings=patient)
    bases = [1, 2, 4, 4, 4]
    assert len(waits) == 5
    assert all(base <= wait <= base + 1 for base, wait in zip(bases, waits, strict=True))


def test_retry_after_in_seconds_is_waited(web, get, waits):
    web.next("/file.bin", status(429, ("Retry-After", "7")))
    get()
    assert waits == [7.0]


def test_retry_after_as_a_date_is_waited(web, get, waits):
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=8), usegmt=True)
    web.next("/file.bin", status(503, ("Retry-After", moment)))
    get()
    assert len(waits) == 1
    assert 0 < waits[0] <= 8


def test_retry_after_that_is_neither_is_passed_over(web, get, waits):
    web.next("/file.bin", status(503, ("Retry-After", "soon")))
    get()
    assert len(waits) == 1
    assert waits[0] < 0.1


def test_a_wait_beyond_the_budget_is_not_begun(web, get, waits):
    web.always("/file.bin", status(429, ("Retry-After", "3600")))
    with pytest.raises(DownloadError, match="429") as caught:
        get()
    assert waits == []
    assert "wait a while" in caught.value.remedy


# --- faults that stay: one line with file, cause and remedy, and nothing taken for whole


@pytest.mark.parametrize(
    ("reply", "cause", "remedy"),
    [
        pytest.param(status(403), "403", "wait a while", id="403"),
        pytest.param(status(404), "404", "check the name", id="404"),
        pytest.param(status(500), "500", "run again", id="500"),
        pytest.param(status(503), "503", "run again", id="503"),
        pytest.param(html(), "HTML page .'Please log in'.", "login page", id="HTML with 200"),
        pytest.param(cut(0), "broke off", "run again", id="nothing comes"),
        pytest.param(cut(0, "stall"), "no answer in time", "run again", id="stalled"),
        pytest.param(cut(0, "reset"), "broke off", "run again", id="reset"),
        pytest.param(redirect("/file.bin"), "redirects in a circle", "mirror", id="redirects"),
        pytest.param(Reply(body=b""), "is empty", "try again later", id="empty"),
        pytest.param(Reply(framing="close"), "how long", "mirror", id="no length"),
    ],
)
def test_a_fault_that_stays_is_one_clear_line(fault_free, reply, cause, remedy):
    web, get, hasty = fault_free
    web.always("/file.bin", reply)
    with pytest.raises(DownloadError, match=cause) as caught:
        get(settings=limits(hasty, reply))
    message = str(caught.value)
    assert message.startswith("file.bin: ")
    assert web.url in message
    assert remedy in caught.value.remedy
    assert "\n" not in message
    with pytest.raises(MissingDataError, match=r"file\.bin is not in the cache"):
        get(offline=True)


def test_what_came_before_a_lasting_fault_is_kept_and_said(web, get, tmp_path):
    web.next("/file.bin", cut(200_000))
    web.always("/file.bin", status(503))
    with pytest.raises(DownloadError, match=r"go on from the 0\.2 MB"):
        get()
    assert (tmp_path / "file.bin.part").read_bytes() == BODY[:200_000]
    web.standing.clear()
    assert get().path.read_bytes() == BODY
    assert web.sent("/file.bin") - 3 * len(b"sorry") <= len(BODY)


def test_a_login_page_does_not_destroy_what_came_before(web, get, tmp_path):
    web.next("/file.bin", cut(200_000), html())
    with pytest.raises(DownloadError, match="HTML"):
        get()
    assert (tmp_path / "file.bin.part").read_bytes() == BODY[:200_000]
    assert get().path.read_bytes() == BODY


def test_a_trickle_ends_with_the_budget(web, get, hasty):
    web.always("/file.bin", Reply(piece=1000, pause_s=0.02))
    with pytest.raises(DownloadError, match=r"not done in 0\.3 s"):
        get(settings=replace(hasty, budget_s=0.3))


@contextmanager
def no_server():
    """An address that nobody listens at."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{silent.getsockname()[1]}"


def test_no_server_at_all_is_said_soon(web, tmp_path, waits):
    with no_server() as server, pytest.raises(DownloadError, match="refuses connections") as caught:
        fetch(f"{server}/a.bin", into=tmp_path, progress=False)
    assert "2 tried" in str(caught.value)
    assert "check the network" in caught.value.remedy
    assert sum(waits) <= 2.0


def test_no_network_at_all_is_said_soon(tmp_path, waits, monkeypatch):
    def unknown(*_):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for variable in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(DownloadError, match=r"a\.bin: the server's name cannot be resolved"):
        fetch("http://server.invalid/a.bin", into=tmp_path, progress=False)
    assert len(waits) == 1


def test_a_server_that_goes_away_after_an_answer_gets_every_try(web, tmp_path, hasty, waits):
    """Gone while busy: it was there, so it may come back."""
    with no_server() as server:
        web.always("/file.bin", redirect(f"{server}/file.bin"))
        web.next("/file.bin", status(503))
        with pytest.raises(DownloadError, match="refuses connections"):
            fetch(f"{web.url}/file.bin", into=tmp_path, settings=hasty, progress=False)
    assert len(waits) == hasty.attempts - 1


@pytest.mark.parametrize("url", ["ftp://server.invalid/a", "http:///a", "nonsense/a"])
def test_what_is_no_address(tmp_path, hasty, url):
    with pytest.raises(DownloadError, match="is not an address"):
        fetch(url, into=tmp_path, settings=hasty, progress=False)


def test_a_url_without_a_file(tmp_path):
    with pytest.raises(DownloadError, match="names no file"):
        fetch("http://server.invalid/", into=tmp_path)


# --- content and checksums


def test_the_published_checksum_is_met_and_noted(web, get):
    web.put("/file.bin.md5", md5(BODY))
    note = get(md5_url=web.url + "/file.bin.md5").provenance
    assert note.md5_published == hashlib.md5(BODY).hexdigest()


def test_a_mirror_may_lack_the_checksum(web, get):
    assert get(md5_url=web.url + "/none.md5").provenance.md5_published == ""


def test_a_wrong_checksum_is_an_error_after_a_second_try(web, get, tmp_path):
    web.put("/file.bin.md5", md5(b"another file"))
    with pytest.raises(DownloadError, match=r"its MD5 is .*, published is ") as caught:
        get(md5_url=web.url + "/file.bin.md5")
    assert "fetched twice" in str(caught.value)
    assert len(web.asked("/file.bin")) == 2
    assert only(tmp_path) == set()


def test_a_file_replaced_between_it_and_its_checksum_is_fetched_once_more(web, get):
    newer = BODY[::-1]
    web.put("/file.bin.md5", md5(newer))

    def replace_file(request):
        if request.path == "/file.bin.md5":
            web.put("/file.bin", newer)

    web.on_request = replace_file
    assert get(md5_url=web.url + "/file.bin.md5").path.read_bytes() == newer


def test_a_page_in_place_of_the_checksum_is_an_error(web, get):
    web.put("/file.bin.md5", b"<html>busy</html>")
    with pytest.raises(DownloadError, match="holds no MD5"):
        get(md5_url=web.url + "/file.bin.md5")
    web.put("/file.bin.md5", md5(BODY))
    assert get(md5_url=web.url + "/file.bin.md5").path.read_bytes() == BODY
    assert len(web.asked("/file.bin")) == 1  # the whole part was kept for the check


def test_a_wanted_sha256_is_demanded_of_the_web_and_of_the_cache(web, get):
    right = hashlib.sha256(BODY).hexdigest()
    assert get(sha256=right.upper()).provenance.sha256 == right
    with pytest.raises(DownloadError, match="SHA-256"):
        get(sha256="0" * 64)


def test_a_zip_with_a_wrong_but_kept_length_is_seen(web, get):
    content = archive()
    web.put("/file.bin", content)
    web.always("/file.bin", Reply(length_off_by=-10, etag='"a"'))
    with pytest.raises(DownloadError, match="ZIP archive is cut short"):
        get(expect=ContentKind.ZIP)


def test_a_zip_without_any_length_may_be_taken(web, get):
    web.put("/file.bin", archive())
    web.always("/file.bin", Reply(framing="close"))
    assert get(expect=ContentKind.ZIP).path.read_bytes() == archive()


def test_a_date_reader_that_fails_means_a_damaged_file(get):
    def broken(path):
        raise InputFileError(f"{path}: no header")

    with pytest.raises(DownloadError, match=r"^file\.bin: no header \("):
        get(data_date=broken)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (ContentKind.PBF, PBF_HEAD, b"PK\x03\x04"),
        (ContentKind.ZIP, b"PK\x03\x04", b"Rar!"),
        (ContentKind.TIFF, b"II*\0", b"\x89PNG"),
        (ContentKind.TIFF, b"MM\0+", b"II"),
        (ContentKind.GZIP, b"\x1f\x8b\x08", b"BZh9"),
        (ContentKind.JSON, b'\xef\xbb\xbf\n {"a"', b"error: busy"),
    ],
)
def test_kinds_are_told_by_their_first_bytes(kind, good, bad):
    assert wrong_head(good, kind) == ""
    assert kind.value in wrong_head(bad, kind)


@pytest.mark.parametrize("page", [b"<html>", b" \n<!doctype HTML>", b"<!-- x --><HTML lang=en>"])
def test_a_page_is_never_a_file(page):
    for kind in ContentKind:
        assert "HTML page" in wrong_head(page, kind)


@pytest.mark.parametrize("kind", [ContentKind.ZIP, ContentKind.JSON])
def test_an_end_that_is_missing_is_seen(tmp_path, kind):
    whole = archive() if kind is ContentKind.ZIP else b'{"elements": []}'
    path = tmp_path / "a"
    path.write_bytes(whole)
    assert wrong_content(path, kind) == ""
    path.write_bytes(whole[:-3])
    assert "cut short" in wrong_content(path, kind)


# --- cache


def test_refresh_asks_and_keeps_what_is_unchanged(web, get):
    first = get()
    again = get(refresh=True)
    assert web.requests[1].status == 304
    assert again.provenance == replace(first.provenance, checked=again.provenance.checked)
    assert web.sent("/file.bin") == len(BODY)


def test_refresh_takes_what_is_new(web, get):
    get()
    web.put("/file.bin", BODY[::-1])
    assert get().path.read_bytes() == BODY
    assert get(refresh=True).path.read_bytes() == BODY[::-1]


def test_a_refresh_that_fails_leaves_the_copy_at_hand(web, get):
    first = get()
    web.always("/file.bin", status(404))
    with pytest.raises(DownloadError):
        get(refresh=True)
    assert get(offline=True) == first


def test_a_refresh_from_another_mirror_does_not_compare_etags(web, get, tmp_path, hasty):
    get()
    web.put("/mirror/file.bin", BODY)
    fetch(web.url + "/mirror/file.bin", into=tmp_path, refresh=True, settings=hasty, progress=False)
    assert "if-none-match" not in web.requests[1].headers


@pytest.mark.parametrize("damage", ["shorter", "no provenance", "provenance is no JSON", "a page"])
def test_a_damaged_cache_is_not_trusted(web, get, tmp_path, damage):
    get()
    path, sidecar = tmp_path / "file.bin", tmp_path / "file.bin.provenance.json"
    if damage == "shorter":
        path.write_bytes(BODY[:-1])
    elif damage == "a page":
        path.write_bytes(b"<html>".ljust(len(BODY)))
    elif damage == "no provenance":
        sidecar.unlink()
    else:
        sidecar.write_text("{")
    with pytest.raises(MissingDataError, match="damaged or of unknown origin"):
        get(offline=True)
    assert get().path.read_bytes() == BODY
    assert len(web.requests) == 2


def test_offline_does_not_even_make_a_folder(tmp_path):
    with pytest.raises(MissingDataError, match=r"a\.zip is not in the cache; run without --off"):
        fetch("http://server.invalid/a.zip", into=tmp_path / "cache", offline=True)
    assert only(tmp_path) == set()


@given(after=st.integers(0, 3), size=st.integers(1, 2000))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_stopped_between_any_two_steps_of_the_last_renaming(tmp_path, after, size):
    """Killed after each write of the end game, the cache is whole before and after the next run."""
    folder = tmp_path / f"{after}-{size}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    content = BODY[:size]
    note = {
        "url": "http://server.invalid/a.bin",
        "size_bytes": size,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    old = note | {"sha256": "0" * 64, "size_bytes": 7}
    (folder / "a.bin").write_bytes(b"earlier")
    (folder / "a.bin.provenance.json").write_text(json.dumps(old))
    (folder / "a.bin.part").write_bytes(content)
    unchecked = note | {"sha256": ""}
    (folder / "a.bin.part.json").write_text(json.dumps(note if after else unchecked))
    if after > 1:
        (folder / "a.bin.part").replace(folder / "a.bin")
    if after > 2:
        (folder / "a.bin.part.json").replace(folder / "a.bin.provenance.json")
    url = "http://server.invalid/a.bin"
    before = fetch(url, into=folder, offline=True)
    assert before.path.read_bytes() == (content if after > 1 else b"earlier")
    settled = fetch(url, into=folder)  # no request: the server does not exist
    assert settled.path.read_bytes() == (content if after else b"earlier")
    assert settled.provenance.sha256 == (note if after else old)["sha256"]


# --- the disk


def test_too_little_space_is_seen_before_the_first_byte(get, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "_free_bytes", lambda folder: 100_000)
    with pytest.raises(DownloadError, match=r"0\.3 MB more do not fit .* \(0\.1 MB free"):
        get()
    assert (tmp_path / "file.bin.part").stat().st_size == 0


def test_space_that_runs_out_on_the_way_stops_it(get, tmp_path, monkeypatch):
    free = iter([10**9, 10**9, 10])
    monkeypatch.setattr(transfer, "_free_bytes", lambda folder: next(free))
    monkeypatch.setattr(transfer, "_CHECK_DISK_EVERY_BYTES", 1)
    with pytest.raises(DownloadError, match="do not fit"):
        get(settings=DownloadSettings(disk_reserve_bytes=1000))
    part = (tmp_path / "file.bin.part").read_bytes()
    assert part == BODY[: len(part)] != b""


@pytest.mark.parametrize(
    ("code", "cause"), [(errno.ENOSPC, "the disk is full"), (errno.EIO, "Input/output error")]
)
def test_a_disk_that_fails_is_a_clear_error(get, monkeypatch, code, cause):
    def fail(folder):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(transfer, "_free_bytes", fail)
    with pytest.raises(DownloadError, match=f"file.bin: cannot write to the cache .*{cause}"):
        get()


def test_a_cache_that_is_a_file(tmp_path, hasty):
    (tmp_path / "cache").touch()
    with pytest.raises(DownloadError, match="cannot write to the cache"):
        fetch("http://server.invalid/a", into=tmp_path / "cache", settings=hasty)


# --- several processes, and their sudden ends

CLIENT = """
import sys
from pathlib import Path
from toolkit.sources.download import DownloadSettings, fetch
url, cache = sys.argv[1:]
settings = DownloadSettings(disk_reserve_bytes=0, budget_s=20.0)
print("ready", flush=True)
fetch(url, into=Path(cache), settings=settings, progress=False)
"""


@pytest.fixture
def client(web, tmp_path):
    """Start other processes that fetch /file.bin; give each when it is about to begin."""
    processes = []

    def client() -> subprocess.Popen:
        command = [sys.executable, "-c", CLIENT, web.url + "/file.bin", str(tmp_path)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command, cwd=Path(__file__).parents[2], stdout=pipe, stderr=pipe, text=True
        )
        processes.append(process)
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        return process

    yield client
    for process in processes:
        process.kill()
        process.communicate()


def wait_until(condition, process) -> None:
    """Wait for something that a living process does."""
    while not condition():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.001)


def test_killed_at_any_point_it_resumes_and_fetches_no_byte_twice(web, get, tmp_path, client):
    """SIGKILL before the first byte and after some, at places where the server holds back."""
    part = tmp_path / "file.bin.part"
    web.next("/file.bin", cut(0, "stall"))
    process = client()
    wait_until(lambda: web.requests, process)
    process.kill()
    kept = 0
    for aim in (600, 50_000, 65_536, 200_000, len(BODY) - 1):
        web.next("/file.bin", cut(aim - kept, "stall"))
        process = client()
        wait_until(lambda at=aim: part.exists() and part.stat().st_size >= at, process)
        process.kill()
        process.wait()
        kept = part.stat().st_size
        assert kept == aim
        assert part.read_bytes() == BODY[:aim]
        assert not (tmp_path / "file.bin").exists()
    assert get().path.read_bytes() == BODY
    assert only(tmp_path) == {"file.bin", "file.bin.provenance.json"}
    assert [request.range for request in web.asked("/file.bin")] == [
        None,
        None,
        "bytes=600-",
        "bytes=50000-",
        "bytes=65536-",
        "bytes=200000-",
        f"bytes={len(BODY) - 1}-",
    ]
    assert web.sent("/file.bin") == len(BODY)


def test_two_processes_share_one_download(web, tmp_path, client):
    web.put("/file.bin", BODY)
    both_ready = threading.Event()
    web.on_request = lambda request: both_ready.wait(10)
    processes = [client(), client()]
    both_ready.set()
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    assert len(web.asked("/file.bin")) == 1
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_a_lock_that_is_never_given_back_ends_the_wait(get, tmp_path, hasty):
    with (
        FileLock(tmp_path / ".file.bin.lock"),
        pytest.raises(DownloadError, match=r"another run has been fetching it for 0\.1 s"),
    ):
        get(settings=replace(hasty, budget_s=0.1))


# --- mirrors and own files


def test_mirrors_setting_before_environment_before_public(monkeypatch):
    for service in PUBLIC_SERVERS:
        variable = f"TOOLKIT_{service.upper()}_URL"
        monkeypatch.delenv(variable, raising=False)
        assert base_url(service) == PUBLIC_SERVERS[service]
        monkeypatch.setenv(variable, "http://mirror.invalid/osm/")
        assert base_url(service) == "http://mirror.invalid/osm"
        here = DownloadSettings(mirrors={service: "http://here.invalid"})
        assert base_url(service, here) == "http://here.invalid"


def test_a_mirror_that_is_no_url_is_named(monkeypatch):
    monkeypatch.setenv("TOOLKIT_GEOFABRIK_URL", "mirror.invalid/osm")
    with pytest.raises(DownloadError, match=r"TOOLKIT_GEOFABRIK_URL is 'mirror\.invalid/osm'"):
        base_url("geofabrik")


def test_an_own_file_is_described_and_left_alone(tmp_path):
    path = tmp_path / "own.bin"
    path.write_bytes(BODY)
    file = local_file(path, licence="mine")
    assert file.provenance.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (file.provenance.url, file.provenance.licence) == ("own.bin", "mine")
    assert only(tmp_path) == {"own.bin"}
    with pytest.raises(InputFileError, match=r"none\.bin: cannot be read"):
        local_file(tmp_path / "none.bin")


def test_a_sidecar_of_a_later_version_is_read(tmp_path):
    sidecar = tmp_path / "a.provenance.json"
    sidecar.write_text(json.dumps({"url": "http://x.invalid/a", "mood": "good"}))
    assert read_provenance(sidecar).url == "http://x.invalid/a"
    sidecar.write_text("[]")
    assert read_provenance(sidecar) is None
