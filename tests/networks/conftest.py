"""Fixtures of the tests of networks."""

from xml.sax.saxutils import quoteattr

import pytest


@pytest.fixture
def draw_osm(tmp_path):
    """Function that writes an OSM file: nodes are (lon, lat), ways are lists of nodes and tags."""

    def draw(nodes, ways, *, node_tags=None, relations=(), name="drawn.osm"):
        lines = ['<osm version="0.6">']
        for number, (lon, lat) in nodes.items():
            tags = _tags((node_tags or {}).get(number, {}))
            lines.append(f'<node id="{number}" version="1" lon="{lon}" lat="{lat}">{tags}</node>')
        for number, (through, tags) in enumerate(ways, start=1):
            steps = "".join(f'<nd ref="{node}"/>' for node in through)
            lines.append(f'<way id="{number}" version="1">{steps}{_tags(tags)}</way>')
        for number, (members, tags) in enumerate(relations, start=1):
            held = "".join(
                f'<member type="{kind}" ref="{ref}" role="{role}"/>' for kind, ref, role in members
            )
            lines.append(f'<relation id="{number}" version="1">{held}{_tags(tags)}</relation>')
        file = tmp_path / name
        file.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
        return file

    return draw


def _tags(tags):
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(text)}/>" for key, text in tags.items())
