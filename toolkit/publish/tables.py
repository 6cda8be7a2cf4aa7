"""Write result tables as CSV that opens in Excel with its Chinese intact."""

import os
from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from toolkit.errors import OutputError
from toolkit.publish.atomic import replace_folder_atomically
from toolkit.publish.conform import flatten

__all__ = ["write_tables"]


def write_tables(folder: str | os.PathLike[str], tables: Mapping[str, pd.DataFrame]) -> None:
    """Write tables to `<folder>/<name>.csv`, all of them or none.

    UTF-8 with a byte order mark (without it Excel shows Chinese as garbage), a comma between
    columns, LF between rows, ten significant digits. Geometry is left out; index levels that have a
    name become columns; the order of rows is that given. CSV files of an earlier run that have no
    successor are removed, other files in the folder stay.

    Parameters
    ----------
    folder : path-like
        The folder to write; made where it is missing.
    tables : mapping of str to pandas.DataFrame or geopandas.GeoDataFrame
        File name without ending to data.

    Raises
    ------
    OutputError
        When a name is no plain file name, or the disk refuses; the old folder is untouched then.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> times = pd.DataFrame({"city_zh": ["天津"], "minutes": [30.0], "reached": [True]})
    >>> with tempfile.TemporaryDirectory() as outputs:
    ...     write_tables(Path(outputs, "tables"), {"city_times": times})
    ...     print(Path(outputs, "tables", "city_times.csv").read_text(encoding="utf-8-sig"), end="")
    city_zh,minutes,reached
    天津,30,true
    """
    for name in tables:
        if not name or name != os.path.basename(name) or name.startswith("."):  # noqa: PTH119 a name, not a path
            raise OutputError(
                f"table '{name}': not a file name", remedy="use letters, digits and _"
            )
    with replace_folder_atomically(folder, suffix=".csv") as part:
        for name, frame in tables.items():
            _printable(frame).to_csv(
                part / f"{name}.csv",
                index=False,
                encoding="utf-8-sig",
                float_format="%.10g",
                lineterminator="\n",
            )


def _printable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the attributes with booleans spelled as in GeoJSON and other tools: true, false."""
    flat = flatten(frame)
    if isinstance(flat, gpd.GeoDataFrame):
        flat = pd.DataFrame(flat.drop(columns=flat.geometry.name))
    spelling = {True: "true", False: "false"}
    booleans = [name for name in flat.columns if pd.api.types.is_bool_dtype(flat[name])]
    return flat.assign(**{str(name): flat[name].map(spelling) for name in booleans})
