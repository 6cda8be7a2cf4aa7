"""CSV tables open in Excel and read back as they were."""

import pandas as pd
import pytest

from toolkit.errors import OutputError
from toolkit.publish.tables import write_tables


def listed(folder):
    return sorted(path.name for path in folder.iterdir())


def test_bom_plain_rows_and_no_geometry(tmp_path, layers):
    columns = ["name_zh", "name_en", "residents", "is_core", "geometry"]
    write_tables(tmp_path / "tables", {"cities": layers["cities"][columns]})
    raw = (tmp_path / "tables" / "cities.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.decode("utf-8-sig").split("\n") == [
        "adcode,name_zh,name_en,residents,is_core",
        "110000,北京,Beijing,21893095,true",
        "131000,廊坊,Langfang,,false",
        "120000,天津,Tianjin,13866009,true",
        "",
    ]


def test_reads_back_and_is_deterministic(tmp_path, layers):
    for folder in ("a", "b"):
        write_tables(tmp_path / folder, layers)
    names = listed(tmp_path / "a")
    assert names == sorted(f"{name}.csv" for name in layers)
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    back = pd.read_csv(tmp_path / "a" / "rail_services.csv", dtype={"from_id": str})
    pd.testing.assert_series_equal(
        back["median_min"], layers["rail_services"]["median_min"], check_names=False
    )


def test_floats_have_ten_digits_and_infinity_is_legible(tmp_path):
    frame = pd.DataFrame({"minutes": [1 / 3, 60.0, float("inf"), None]})
    write_tables(tmp_path / "t", {"x": frame})
    text = (tmp_path / "t" / "x.csv").read_text(encoding="utf-8-sig")
    assert text == 'minutes\n0.3333333333\n60\ninf\n""\n'


def test_nullable_booleans_keep_what_is_missing(tmp_path):
    frame = pd.DataFrame({"a": [1, 2, 3], "b": pd.array([True, None, False], dtype="boolean")})
    write_tables(tmp_path / "t", {"x": frame})
    assert (tmp_path / "t" / "x.csv").read_text(
        encoding="utf-8-sig"
    ) == "a,b\n1,true\n2,\n3,false\n"


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    with pytest.raises(OutputError, match="not a file name"):
        write_tables(tmp_path / "t", {name: pd.DataFrame({"a": [1]})})
    assert listed(tmp_path) == []


def test_all_tables_or_none(tmp_path, layers, monkeypatch):
    write_tables(tmp_path / "t", {"cities": layers["cities"]})
    before = (tmp_path / "t" / "cities.csv").read_bytes()
    written = []

    def full(self, *args, **kwargs):
        written.append(args)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(OutputError, match="free some space"):
        write_tables(tmp_path / "t", layers)
    assert len(written) == 1
    assert (tmp_path / "t" / "cities.csv").read_bytes() == before
    assert listed(tmp_path) == ["t"]
