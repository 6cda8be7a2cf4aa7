"""Clusters side by side: one table, one GeoPackage and one page for all of them."""

from toolkit.publish.collection.gather import gathered_layers, reach_counts
from toolkit.publish.collection.page import Member, write_comparison
from toolkit.publish.collection.reading import reading

__all__ = ["Member", "gathered_layers", "reach_counts", "reading", "write_comparison"]
