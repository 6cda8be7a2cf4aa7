"""Make the small extract `village-latest.osm.pbf` and its checksum.

A made-up village with a bit of everything that is read from an extract: roads of several classes
(one way, a bridge, a speed limit), a railway with a station, traffic signals, a place, and an
administrative boundary as a relation. Nothing in it is real, so it needs no licence.

    python tests/data/village/make_village.py
"""

import hashlib
from pathlib import Path

import osmium
from osmium.osm.mutable import Node, Relation, Way

FOLDER = Path(__file__).parent
WHEN = "2026-07-19T03:42:08Z"

#   1 --- 2 --- 3        motorway 1-2-3, eastward
#         |     |        primary 2-5, signals at 5
#   4 --- 5 --- 6        residential 4-5-6, bridge 3-6
#   ~ ~ 7 ~ 8 ~ ~        railway 7-8, station 9 beside it
LOCATIONS = {
    1: (116.00, 40.02),
    2: (116.01, 40.02),
    3: (116.02, 40.02),
    4: (116.00, 40.01),
    5: (116.01, 40.01),
    6: (116.02, 40.01),
    7: (116.005, 40.005),
    8: (116.015, 40.005),
    9: (116.010, 40.0052),
    10: (116.01, 40.012),
    11: (115.99, 40.00),
    12: (116.03, 40.00),
    13: (116.03, 40.03),
    14: (115.99, 40.03),
}
NODE_TAGS = {
    5: {"highway": "traffic_signals"},
    9: {"railway": "station", "name": "河边", "name:en": "Riverside", "train": "yes"},
    10: {"place": "village", "name": "河边村", "population": "1200"},
}
WAYS = {
    1: ([1, 2, 3], {"highway": "motorway", "oneway": "yes", "ref": "G1", "maxspeed": "120"}),
    2: ([2, 5], {"highway": "primary", "name": "中路"}),
    3: ([4, 5, 6], {"highway": "residential"}),
    4: ([3, 6], {"highway": "secondary", "bridge": "yes", "maxspeed": "60"}),
    5: ([7, 8], {"railway": "rail", "usage": "main", "gauge": "1435", "maxspeed": "160"}),
    6: ([11, 12, 13, 14, 11], {}),
}
BOUNDARY = {
    "type": "boundary",
    "boundary": "administrative",
    "admin_level": "5",
    "name": "河边市",
    "ref:CN:admin": "990100",
}


def write(path: Path) -> None:
    """Write the extract."""
    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", WHEN)
    header.set("generator", "make_village.py")
    header.add_box(osmium.osm.Box(115.98, 39.99, 116.04, 40.04))
    with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
        common = {"version": 1, "timestamp": WHEN, "visible": True}
        for number, location in LOCATIONS.items():
            tags = NODE_TAGS.get(number, {})
            writer.add_node(Node(id=number, location=location, tags=tags, **common))
        for number, (nodes, tags) in WAYS.items():
            writer.add_way(Way(id=number, nodes=nodes, tags=tags, **common))
        members = [("w", 6, "outer")]
        writer.add_relation(Relation(id=1, members=members, tags=BOUNDARY, **common))


if __name__ == "__main__":
    extract = FOLDER / "village-latest.osm.pbf"
    write(extract)
    digest = hashlib.md5(extract.read_bytes(), usedforsecurity=False).hexdigest()
    extract.with_name(extract.name + ".md5").write_text(f"{digest}  {extract.name}\n")
