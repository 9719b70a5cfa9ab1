"""SHOW: one file per format, each with `render(report) -> str`."""
