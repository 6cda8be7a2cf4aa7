"""The results beyond the circles: layers, tables, pictures, the section 'Structure' of the report.

To publish a new result:

1. write a function ``<name>_topic(inputs, findings) -> Topic | None`` in a module of its own here,
   None where the result is missing, and list it in `TOPICS`;
2. name its layers in `toolkit.publish.layers.LAYERS` and its columns in `COLUMNS` there: they
   become the titles of columns in QGIS and in the report;
3. give each layer a style in `toolkit.publish.styles`, classified by a column: QGIS, the maps and
   the legends all take it from there.

The GeoPackage, ``tables/``, ``maps/``, ``charts/`` and the report then hold it.
"""

from collections.abc import Callable

from toolkit.analysis.findings import Findings
from toolkit.networks.inputs import Inputs
from toolkit.publish.structure.accessibility import accessibility_topic
from toolkit.publish.structure.borders import borders_topic
from toolkit.publish.structure.bottlenecks import bottlenecks_topic
from toolkit.publish.structure.centrality import centrality_topic
from toolkit.publish.structure.corridors import corridors_topic
from toolkit.publish.structure.losses import rail_losses_topic
from toolkit.publish.structure.polycentricity import polycentricity_topic
from toolkit.publish.structure.scenarios import scenario_topic, scenarios_topic
from toolkit.publish.structure.topic import Curve, Shown, Topic, TopicChart, TopicMap

__all__ = [
    "TOPICS",
    "Curve",
    "Shown",
    "Topic",
    "TopicChart",
    "TopicMap",
    "scenario_topic",
    "topics_of",
]

TOPICS: tuple[Callable[[Inputs, Findings], Topic | None], ...] = (
    accessibility_topic,
    polycentricity_topic,
    corridors_topic,
    centrality_topic,
    scenarios_topic,
    borders_topic,
    bottlenecks_topic,
    rail_losses_topic,
)
"""In the order of the report."""


def topics_of(inputs: Inputs, findings: Findings) -> tuple[Topic, ...]:
    """Every result that was found.

    Parameters
    ----------
    inputs, findings
        What was read and computed.

    Returns
    -------
    tuple of Topic
    """
    found = (topic(inputs, findings) for topic in TOPICS)
    return tuple(topic for topic in found if topic is not None)
