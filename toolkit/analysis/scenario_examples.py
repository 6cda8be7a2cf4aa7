"""Built-in scenarios, with their sources: a sea link, and a railway line under construction."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from toolkit.analysis.rail_lines import RailLine
from toolkit.errors import UnknownNameError

__all__ = ["cluster_of", "example_names", "rail_example", "road_example", "sketch_of"]


def road_example(name: str) -> gpd.GeoDataFrame:
    """A built-in link to add, with its source.

    Parameters
    ----------
    name : str
        ``'shenzhong-link'``: 24 km over the mouth of the Pearl River, opened 2024-06-30.

    Returns
    -------
    GeoDataFrame
        One line in EPSG:4326 for `scenario`; ends are approximate.

    Raises
    ------
    UnknownNameError
        There is no such example.

    Examples
    --------
    >>> link = road_example("shenzhong-link")
    >>> link["length_km"].tolist(), link["speed_kmh"].tolist(), link["opened"].tolist()
    ([24.0], [100.0], ['2024-06-30'])
    """
    entry = dict(_entry("road", name))
    del entry["cluster"]
    entry.pop("sketch", None)
    line = shapely.LineString(entry.pop("line"))
    entry["reference"] = entry.pop("source")
    return gpd.GeoDataFrame([{**entry, "name": entry["name_zh"]}], geometry=[line], crs=4326)


def rail_example(name: str) -> RailLine:
    """A built-in railway line, with its source.

    Parameters
    ----------
    name : str
        ``'xiongan-shangqiu'``: under construction, from Xiong'an as far as Hengshui South.
        ``'beijing-hengshui'``: the same with the planned section from Beijing Fengtai.
        ``'beijing-tangshan'``: the intercity railway from Beijing Tongzhou, whole since 2025-12-30.

    Returns
    -------
    RailLine

    Raises
    ------
    UnknownNameError
        There is no such example.

    Examples
    --------
    >>> rail_example("beijing-hengshui").stations["km"].tolist()
    [0, 103, 271]
    """
    entry = dict(_entry("rail", name))
    del entry["cluster"]
    stations = pd.DataFrame(entry.pop("stations")).set_index("station_id")
    return RailLine(stations=stations, **entry)


def example_names(kind: str, *, cluster: str | None = None) -> tuple[str, ...]:
    """Names of the built-in scenarios.

    Parameters
    ----------
    kind : {'road', 'rail'}
    cluster : str, optional
        Slug; those that concern it only.

    Examples
    --------
    >>> example_names("rail", cluster="jing-jin-ji")
    ('xiongan-shangqiu', 'beijing-hengshui', 'beijing-tangshan')
    """
    known = _record().get(kind, {})
    return tuple(
        name for name, entry in known.items() if cluster is None or entry["cluster"] == cluster
    )


def cluster_of(kind: str, name: str) -> str:
    """Slug of the cluster that a built-in scenario concerns.

    Examples
    --------
    >>> cluster_of("road", "shenzhong-link")
    'pearl-river-delta'
    """
    return str(_entry(kind, name)["cluster"])


def sketch_of(name: str) -> dict[str, Any] | None:
    """What is on record of the roads around a built-in road link, None where nothing is.

    Examples
    --------
    >>> sketch_of("shenzhong-link")["speed_kmh"]
    80.0
    """
    return _entry("road", name).get("sketch")


def _entry(kind: str, name: str) -> dict[str, Any]:
    """One example as it is on record; the error lists those there are."""
    known = _record().get(kind, {})
    if name not in known:
        raise UnknownNameError(
            f"no {kind} scenario is called {name!r}", remedy=f"choose among {', '.join(known)}"
        )
    entry: dict[str, Any] = known[name]
    return entry


@cache
def _record() -> dict[str, Any]:
    """The examples beside this module."""
    text = resources.files("toolkit.analysis").joinpath("scenarios.toml").read_text("utf-8")
    return tomllib.loads(text)
