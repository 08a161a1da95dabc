"""Sphinx's configuration: Markdown pages by MyST, the furo theme, warnings as errors."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

project = "Rask"
copyright = "the Rask authors"
version = release = re.search(
    r"^\s*version: '([^']+)'", (ROOT / "meson.build").read_text(encoding="utf-8"), re.M
)[1]

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "README.md"]
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = f"Rask {version}"
