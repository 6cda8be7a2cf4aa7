"""Pure functions on networks and tables: reach, centrality, structure."""
