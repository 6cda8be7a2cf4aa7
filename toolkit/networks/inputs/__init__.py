"""Everything a run of one cluster is computed from: boundaries, timetables, roads, people."""

from toolkit.networks.inputs.reading import Inputs, downloaded_extracts, read_inputs
from toolkit.networks.inputs.roads import DOWNLOADED

__all__ = ["DOWNLOADED", "Inputs", "downloaded_extracts", "read_inputs"]
