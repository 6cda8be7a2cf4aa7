"""Free flow and peak: the same road network at the times of another speed scenario."""

import numpy as np
import numpy.typing as npt

from toolkit.networks.spatial_network import SpatialNetwork
from toolkit.networks.speeds import Scenario, SpeedTable, peak_factors

__all__ = ["with_scenario"]


def with_scenario(
    network: SpatialNetwork,
    scenario: Scenario,
    *,
    built_up: npt.ArrayLike | None = None,
    table: SpeedTable | None = None,
) -> SpatialNetwork:
    """Give a free-flow network the times of a scenario.

    Parameters
    ----------
    network : SpatialNetwork
        With free-flow times.
    scenario : {"free_flow", "peak"}
        At the `peak` a network read from OpenStreetMap takes its `time_peak_s`, in which delays at
        junctions stay and only driving slows down; the times of any other are divided by the
        factors of the road classes.
    built_up : array_like of bool, optional
        Which edges lie in built-up areas; all of them if not given. The others stay at free flow.
    table : SpeedTable, optional
        Other factors than the defaults, for networks without `time_peak_s`.

    Returns
    -------
    SpatialNetwork
        The network with other times.

    Examples
    --------
    >>> from toolkit.networks.roads import schematic_roads
    >>> peak = with_scenario(schematic_roads(), "peak")
    >>> bool((peak.edges["time_s"] >= schematic_roads().edges["time_s"]).all())
    True
    """
    if scenario == "free_flow":
        return network
    edges = network.edges
    if "time_peak_s" in edges.columns:
        slow_s = edges["time_peak_s"].to_numpy(np.float64)
    else:
        slow_s = edges["time_s"].to_numpy(np.float64) / peak_factors(edges["highway"], table=table)
    built = np.True_ if built_up is None else np.asarray(built_up, dtype=bool)
    return network.with_times(np.where(built, slow_s, edges["time_s"]))
