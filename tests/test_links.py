"""Texts beside the site lead to files that are there; the checker of the site finds what is not."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXTS = ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md", "NOTICE")


@pytest.mark.parametrize("name", TEXTS)
def test_links_to_files_of_the_checkout(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    targets = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    inside = [target for target in targets if target and "://" not in target]
    assert [target for target in inside if not (ROOT / target).exists()] == []


def test_the_checker_of_the_site(tmp_path):
    pytest.importorskip("mkdocs", reason="mkdocs is not installed (extra docs)")
    source = ROOT / "docs" / "hooks" / "links.py"
    spec = importlib.util.spec_from_file_location("links", source)
    links = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(links)
    (tmp_path / "a.html").write_text('<h1 id="top"></h1><a href="b.html#x"></a><img src="no.png">')
    (tmp_path / "b.html").write_text('<a href="a.html#top"></a><a href="https://example.org"></a>')
    assert links.broken_links(tmp_path) == ["a.html: b.html#x", "a.html: no.png"]
