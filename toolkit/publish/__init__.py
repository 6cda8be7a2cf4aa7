"""What a run leaves behind: GeoPackage, tables, maps, projects and reports."""
