"""Road and rail networks and timetables, as arrays and GeoDataFrames."""
