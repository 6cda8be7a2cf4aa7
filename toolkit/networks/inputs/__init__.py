"""Everything a run of one cluster is computed from: boundaries, timetables, roads, people."""

from toolkit.networks.inputs.reading import Inputs, read_inputs

__all__ = ["Inputs", "read_inputs"]
