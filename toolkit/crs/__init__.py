"""Chinese coordinates: conversion between WGS84, GCJ-02 and BD-09, and a detector of mix-ups."""

from toolkit.crs.conversion import (
    System,
    bd09_to_gcj02,
    bd09_to_wgs84,
    convert,
    convert_geometry,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    reproject_chinese,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from toolkit.crs.offset import OffsetReport, detect_offset

__all__ = [
    "OffsetReport",
    "System",
    "bd09_to_gcj02",
    "bd09_to_wgs84",
    "convert",
    "convert_geometry",
    "detect_offset",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "reproject_chinese",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]
