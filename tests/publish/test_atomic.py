"""An output is complete, or the old one is untouched; nothing is left lying about."""

import errno
import os
from pathlib import Path

import pytest

from toolkit.errors import OutputError
from toolkit.publish.atomic import output_error, replace_atomically, replace_folder_atomically


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def fail_while_writing(target, error):
    with replace_atomically(target) as part:
        for ending in ("", "-journal", "-wal", "-shm"):  # as SQLite leaves them
            part.with_name(part.name + ending).write_text("half")
        raise error


def test_replaces_the_file_and_leaves_nothing_else(tmp_path):
    target = tmp_path / "deep" / "run.json"
    for text in ("old", "new"):
        with replace_atomically(target) as part:
            assert not part.exists()
            assert part.parent == target.parent
            part.write_text(text)
    assert target.read_text() == "new"
    assert names(target.parent) == ["run.json"]


@pytest.mark.parametrize("error", [ValueError("bad"), KeyboardInterrupt()])
def test_any_exception_keeps_the_old_file_and_passes_on(tmp_path, error):
    target = tmp_path / "run.json"
    target.write_text("old")
    with pytest.raises(type(error)):
        fail_while_writing(target, error)
    assert target.read_text() == "old"
    assert names(tmp_path) == ["run.json"]


def test_what_a_killed_run_left_does_not_matter(tmp_path):
    (tmp_path / "x.part.csv").write_text("stale")
    with replace_atomically(tmp_path / "x.csv") as part:
        part.write_text("new")
    assert names(tmp_path) == ["x.csv"]


def test_a_symbolic_link_stays_a_link(tmp_path):
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    with replace_atomically(tmp_path / "link.csv") as part:
        part.write_text("new")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "new"


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EACCES, "close programs"),
        (errno.EROFS, "choose another folder"),
        (errno.EIO, "check the folder and the disk"),
    ],
)
def test_what_the_system_says_becomes_one_line_with_a_remedy(tmp_path, number, remedy):
    target = tmp_path / "x.csv"
    target.write_text("old")
    with pytest.raises(OutputError) as caught:
        fail_while_writing(target, OSError(number, os.strerror(number)))
    assert str(target) in str(caught.value)
    assert remedy in caught.value.remedy
    assert "\n" not in str(caught.value)
    assert target.read_text() == "old"
    assert names(tmp_path) == ["x.csv"]


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(tmp_path, monkeypatch):
    def refuse(self, *args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    worked = []
    with (
        pytest.raises(OutputError, match="choose a folder you may write to"),
        replace_atomically(tmp_path / "x.csv"),
    ):
        worked.append("in vain")
    assert worked == []


def test_a_disk_that_fills_up_at_the_last_moment(tmp_path, monkeypatch):
    target = tmp_path / "x.csv"
    target.write_text("old")

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="free some space"), replace_atomically(target) as part:
        part.write_text("new")
    assert target.read_text() == "old"
    assert names(tmp_path) == ["x.csv"]


def test_a_folder_in_the_place_of_the_file_and_the_other_way_round(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with (
        pytest.raises(OutputError, match="a folder has that name"),
        replace_atomically(tmp_path / "folder"),
    ):
        pass
    with (
        pytest.raises(OutputError, match="a file stands where a folder is needed"),
        replace_folder_atomically(tmp_path / "file", suffix=".csv"),
    ):
        pass
    with (
        pytest.raises(OutputError, match="a file stands where a folder is needed"),
        replace_atomically(tmp_path / "file" / "x.csv"),
    ):
        pass


def test_folder_swap_drops_old_outputs_and_keeps_what_is_not_ours(tmp_path):
    folder = tmp_path / "tables"
    (folder / "sub").mkdir(parents=True)
    for name in ("gone.csv", "kept.txt", "sub/kept.csv"):
        (folder / name).write_text("old")
    with replace_folder_atomically(folder, suffix=".csv") as part:
        (part / "new.csv").write_text("new")
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*")) == [
        "kept.txt",
        "new.csv",
        "sub/kept.csv",
    ]
    assert names(tmp_path) == ["tables"]


def test_folder_swap_that_fails_brings_the_old_folder_back(tmp_path, monkeypatch):
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "a.csv").write_text("old")
    rename = Path.replace

    def refuse(self, target):
        if self.name == "tables.part":
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OutputError), replace_folder_atomically(folder, suffix=".csv") as part:
        (part / "a.csv").write_text("new")
    assert (folder / "a.csv").read_text() == "old"
    assert names(tmp_path) == ["tables"]


def test_an_error_without_number_still_has_its_text():
    assert "odd thing" in str(output_error("x", OSError("odd thing")))
