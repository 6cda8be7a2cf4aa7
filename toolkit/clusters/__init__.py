"""Which cities form a cluster: the 19 Chinese urban agglomerations and the ones a user defines."""

from toolkit.clusters.model import Cluster, union_members
from toolkit.clusters.prefectures import prefectures
from toolkit.clusters.registry import list_clusters, load_cluster

__all__ = ["Cluster", "list_clusters", "load_cluster", "prefectures", "union_members"]
