"""Every default of the package in one frozen dataclass, each with its unit and its source.

A run takes a `Settings`; nothing reads a global. Change a default with `dataclasses.replace`.
"""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["DEFAULTS", "Settings"]


@dataclass(frozen=True)
class Settings:
    """Defaults of a run.

    Attributes
    ----------
    thresholds_min : tuple of int
        Limits of the circles, minutes. Four, because a city can sit at exactly 60.
    timetable_dates : tuple of str
        Days of the embedded timetables to compare; the last one decides.
    main_station_radius_km, named_station_radius_km : float
        A station is a main station of its city within the first distance of the seat, or, if it
        carries the city's name, within the second. The second admits Qinghe-like new stations
        at the edge; it keeps out the border halts of a prefecture, an hour from its seat.
    waiting_min, waiting_intercity_min : float
        Waiting and boarding, minutes: real-name checks and gates that close before departure
        on the national railway; less on intercity lines run like a bus.
    change_same_station_min, change_between_stations_min : float
        Time of a change within one station, and between two stations of one city, minutes.
    access_speed_kmh, access_detour : float
        Getting to and from a station where no street network is given: door to platform by
        metro or taxi at this speed over the great circle times this detour factor.
    join_limit_km : float
        A place farther than this from every road on which one can stop joins none, and counts as
        unreached by road. As far as the last leg of the schematic network: all seats of
        Beijing-Tianjin-Hebei lie on its main roads, 230 of 234 stations nearer than this.
    snap_limit_m : float
        The ends of a road drawn for a scenario may be so far from the network, metres.
    proximity_km_per_min : float
        Radius of the proximity circle, km a minute of threshold (120 km for 90 min, European
        Commission road performance indicator).
    margin_min, margin_share : float
        A finding decided by less than this is borderline.
    grid_m : float
        Cell of the travel-time grid, metres.
    walk_speed_kmh, walk_limit_km : float
        Last leg off the road network.
    schematic_local_speed_kmh, schematic_local_limit_km : float
        Last leg off the schematic network, which holds main roads only: local roads are driven
        at this speed, detour included, up to this distance.
    smallest_polygon_km2 : float
        Slivers of a reach polygon (and holes in it) below this are dropped.
    information_nodes_max : int
        Networks with more nodes than this get no information centrality in a run: it takes the
        square of their number and more, a minute for 1,500.
    robustness_nodes_max : int
        Networks with more nodes get curves of robustness and narrowings in a run with centrality
        only.
    accessible_min, accessible_cell_arcmin : float
        Threshold, minutes, and least size of a cell, arc-minutes, of the surface of accessible
        population: its time grows with the square of the number of cells.
    accessible_nodes_max : int
        Networks with more nodes get no such surface in a run.
    data_folder, output_folder : pathlib.Path
        Where downloads are kept and results are written, relative to the working folder.

    Examples
    --------
    >>> from dataclasses import replace
    >>> replace(DEFAULTS, waiting_min=20.0).waiting_min
    20.0
    """

    thresholds_min: tuple[int, ...] = (45, 60, 75, 90)
    timetable_dates: tuple[str, ...] = ("2016-11-13", "2023-12-15")
    main_station_radius_km: float = 20.0
    named_station_radius_km: float = 40.0
    waiting_min: float = 15.0
    waiting_intercity_min: float = 10.0
    change_same_station_min: float = 15.0
    change_between_stations_min: float = 40.0
    access_speed_kmh: float = 25.0
    access_detour: float = 1.3
    join_limit_km: float = 15.0
    snap_limit_m: float = 5_000.0
    proximity_km_per_min: float = 120.0 / 90.0
    margin_min: float = 3.0
    margin_share: float = 0.02
    grid_m: float = 500.0
    walk_speed_kmh: float = 5.0
    walk_limit_km: float = 2.0
    schematic_local_speed_kmh: float = 25.0
    schematic_local_limit_km: float = 15.0
    smallest_polygon_km2: float = 4.0
    information_nodes_max: int = 1500
    robustness_nodes_max: int = 5000
    accessible_min: float = 60.0
    accessible_cell_arcmin: float = 5.0
    accessible_nodes_max: int = 100_000
    data_folder: Path = Path("data_raw")
    output_folder: Path = Path("outputs")


DEFAULTS = Settings()
