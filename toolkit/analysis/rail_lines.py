"""New railway lines: their stations, and trains modelled where there is no timetable."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from toolkit.analysis.line_speed import RunningModel, running_minutes
from toolkit.errors import MissingDataError, NetworkError
from toolkit.networks.geodesy import distances_m, line_lengths_m

__all__ = ["MODELLED_TRAIN", "RailLine", "drawn_lines", "line_services", "modelled_services"]

MODELLED_TRAIN = "modelled"
_STATION_COLUMNS = ["name_zh", "name_en", "adcode", "lon", "lat", "km"]


@dataclass(frozen=True, eq=False)
class RailLine:
    """A line with its stations.

    Attributes
    ----------
    name_zh, name_en : str
    line_speed_kmh : float
    stations : DataFrame
        Index station_id (that of the timetable where the station exists), in the order of the
        line: ``name_zh``, ``name_en``, ``adcode``, ``lon``, ``lat`` (WGS84), ``km``.
    opened, source : str
        ISO date, empty if it is not open.
    """

    name_zh: str
    name_en: str
    line_speed_kmh: float
    stations: pd.DataFrame
    opened: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        missing = [name for name in _STATION_COLUMNS if name not in self.stations.columns]
        if missing:
            raise MissingDataError(f"{self.name_en}: stations have no {', '.join(missing)}")
        if len(self.stations) < 2 or not (np.diff(self.stations["km"].astype(float)) > 0).all():
            raise MissingDataError(
                f"{self.name_en}: km of the stations do not rise along two or more of them"
            )


def line_services(
    line: RailLine, *, model: RunningModel | None = None, trains_per_day: int = 1
) -> pd.DataFrame:
    """Direct trains between the stations of a line, both ways, without a stop on the way.

    Parameters
    ----------
    line : RailLine
    model : RunningModel, optional
        Of the built-in parameters by default.
    trains_per_day : int
        Of every pair of stations: an assumption, not a result.

    Returns
    -------
    DataFrame
        Service table; minutes rounded up, ``fastest_train`` is 'modelled'.

    Examples
    --------
    >>> from toolkit.analysis.scenario_examples import rail_example
    >>> services = line_services(rail_example("beijing-hengshui"))
    >>> services.set_index(["from_id", "to_id"])["fastest_min"].head(2).tolist()
    [25, 59]
    """
    km = line.stations["km"].astype(float)
    pairs = [(a, b) for a in line.stations.index for b in line.stations.index if a != b]
    minutes = [
        running_minutes([abs(km[end] - km[start])], line.line_speed_kmh, model=model)
        for start, end in pairs
    ]
    table = pd.DataFrame(pairs, columns=["from_id", "to_id"]).assign(minutes=minutes)
    return modelled_services(table, trains_per_day)


def drawn_lines(
    lines: gpd.GeoDataFrame, stations: gpd.GeoDataFrame, *, snap_limit_km: float = 5.0
) -> tuple[RailLine, ...]:
    """Railway lines drawn on a map, such as a GeoJSON of QGIS, between stations there are.

    Parameters
    ----------
    lines : GeoDataFrame
        LineStrings in any stated CRS with ``line_speed_kmh`` (or ``speed_kmh``); used where
        present: ``name``, ``name_zh``, ``name_en``, ``length_km`` (else measured), ``opened``.
    stations : GeoDataFrame
        Index station_id; ``name_zh``, ``name_en``, ``adcode``. A line joins those nearest to its
        ends.
    snap_limit_km : float
        The end of a line may be so far from its station.

    Returns
    -------
    tuple of RailLine
        Of two stations each: draw a line in parts to let trains stop on the way.

    Raises
    ------
    NetworkError
        A line has no CRS or speed, or ends too far from a station or where it began.
    """
    if lines.crs is None:
        raise NetworkError("lines to add have no CRS", remedy="state it with set_crs(...)")
    speed = lines.get("line_speed_kmh", lines.get("speed_kmh"))
    if speed is None or speed.isna().any():
        raise NetworkError(
            "railway lines to add have no line_speed_kmh", remedy="give each a speed in km/h"
        )
    drawn = lines.to_crs(4326)
    ends = [shapely.get_point(drawn.geometry.to_numpy(), position) for position in (0, -1)]
    nearest = [_nearest(points, stations, snap_limit_km) for points in ends]
    measured = line_lengths_m(drawn.geometry.to_numpy()) / 1000.0
    length = (
        drawn["length_km"].fillna(pd.Series(measured, drawn.index))
        if "length_km" in drawn
        else pd.Series(measured, drawn.index)
    )
    found = []
    for row, start, end, km, kmh in zip(
        drawn.to_dict("records"), *nearest, length, speed, strict=True
    ):
        if start == end:
            raise NetworkError(f"a line begins and ends at station {start}")
        table = stations.loc[[start, end], ["name_zh", "name_en", "adcode"]].assign(
            lon=stations.geometry.x, lat=stations.geometry.y, km=[0.0, float(km)]
        )
        name = str(row.get("name") or "")
        found.append(
            RailLine(
                name_zh=str(row.get("name_zh") or name),
                name_en=str(row.get("name_en") or name),
                line_speed_kmh=float(kmh),
                stations=table,
                opened=str(row.get("opened") or ""),
                source="drawn",
            )
        )
    return tuple(found)


def modelled_services(runs: pd.DataFrame, trains_per_day: int) -> pd.DataFrame:
    """Service table of modelled runs, minutes rounded up.

    Parameters
    ----------
    runs : DataFrame
        ``from_id``, ``to_id``, ``minutes``.
    trains_per_day : int
        Of every run.

    Returns
    -------
    DataFrame
        As `toolkit.networks.services` gives them; ``fastest_train`` is 'modelled'.

    Examples
    --------
    >>> runs = pd.DataFrame({"from_id": ["a"], "to_id": ["b"], "minutes": [24.2]})
    >>> modelled_services(runs, 10)["fastest_min"].tolist()
    [25]
    """
    whole = np.ceil(runs["minutes"].to_numpy(np.float64) - 1e-9)
    return pd.DataFrame(
        {
            "from_id": runs["from_id"].to_numpy(),
            "to_id": runs["to_id"].to_numpy(),
            "train_class": "fast",
            "trains_per_day": trains_per_day,
            "fastest_min": whole.astype(np.int64),
            "median_min": whole,
            "first_departure": "",
            "last_departure": "",
            "fastest_train": MODELLED_TRAIN,
        }
    )


def _nearest(points: np.ndarray, stations: gpd.GeoDataFrame, limit_km: float) -> list[str]:
    """The station nearest to each point."""
    chosen = []
    for point in points:
        metres = distances_m(
            point.x, point.y, stations.geometry.x.to_numpy(), stations.geometry.y.to_numpy()
        )
        best = int(metres.argmin())
        if metres[best] > limit_km * 1000.0:
            raise NetworkError(
                f"a line ends {metres[best] / 1000:.1f} km from the nearest station, "
                f"{stations.index[best]}, beyond {limit_km:g} km",
                remedy="draw it to a station, or give a RailLine with new stations",
            )
        chosen.append(str(stations.index[best]))
    return chosen
