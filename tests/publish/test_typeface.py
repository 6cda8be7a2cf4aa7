"""The bundled typeface covers what maps of China need."""

import pandas as pd

from toolkit.publish.typeface import FONT_FILE, covers, drawable
from toolkit.sources import reference


def gb2312():
    """All characters of GB 2312."""
    codes = (bytes([row, cell]) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return "".join(code.decode("gb2312", errors="ignore") for code in codes)


def test_covers_gb2312_latin_and_map_signs():
    characters = gb2312()
    assert len(characters) == 7445
    assert covers(characters)
    assert covers("".join(map(chr, [*range(0x20, 0x7F), *range(0xA1, 0x100)])))
    assert covers("≤≥≈×±°′″→←↑↓·–—…²³Łđő")


def test_covers_every_name_of_the_embedded_facts():
    names = pd.concat([reference.stations()["name_zh"], reference.road_places()["name_zh"]])
    assert [name for name in names.dropna() if not covers(name)] == []


def test_is_small_and_carries_its_licence():
    assert FONT_FILE.stat().st_size < 3_000_000
    licence = FONT_FILE.with_name("OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence


def test_what_is_missing_is_marked():
    assert drawable("a\n𠮷") == "a\n?"
