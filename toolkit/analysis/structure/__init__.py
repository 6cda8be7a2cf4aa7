"""The structure of a cluster beyond its one-hour circles: one step of a run, part by part.

Each part is a frozen record computed by one function of this package from the inputs of the run,
or None where its data are missing. To add one: write its module, a field of `Structure`, and a
line in `analyse_structure`; `toolkit.publish.structure` says how it is published.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from toolkit.analysis.rail import ServiceView
from toolkit.analysis.structure.places import PlaceAccess, place_access
from toolkit.networks.inputs import Inputs
from toolkit.progress import Progress
from toolkit.settings import DEFAULTS, Settings

__all__ = ["NOTHING", "PlaceAccess", "Structure", "analyse_structure", "place_access"]


@dataclass(frozen=True, eq=False)
class Structure:
    """What was found, None where it could not be computed.

    Attributes
    ----------
    access : PlaceAccess or None
        Accessibility of cities and stations.
    """

    access: PlaceAccess | None = None


NOTHING = Structure()
"""Where the structure was not asked for."""


def analyse_structure(
    inputs: Inputs,
    trains: Sequence[ServiceView],
    *,
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> Structure:
    """Compute every part of the structure of a cluster whose data are there.

    Parameters
    ----------
    inputs : Inputs
        As `toolkit.networks.inputs.read_inputs` gives them.
    trains : sequence of ServiceView
        Each timetable, oldest first, through each station set.
    settings : Settings
    progress : Progress, optional
        Where to report; standard error by default.

    Returns
    -------
    Structure
    """
    report = progress or Progress()
    with report.step("accessibility of cities and stations"):
        access = place_access(inputs, trains, settings=settings)
    return Structure(access=access)
