"""Sphinx builds the documentation from here; the generated pages are written first."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE)]

import generate  # noqa: E402

import tenfold  # noqa: E402

generate.write_pages(HERE)

project = "Tenfold"
author = "The Tenfold developers"
copyright = author
version = release = tenfold.__version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
# Examples of practices hold what is broken on purpose, which no highlighter has to understand.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = f"Tenfold {release}"
html_copy_source = False
