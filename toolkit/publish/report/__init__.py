"""The report of a run: one HTML file that opens anywhere, asks no network and prints well."""

from toolkit.publish.report.page import write_report

__all__ = ["write_report"]
