"""Sphinx set-up: Markdown pages, numpydoc docstrings, nothing fetched from a network."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import make_methods

import pyminima

project = "pyminima"
author = "The pyminima developers"
copyright = "2026, The pyminima developers"
version = release = pyminima.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
default_role = "code"

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # numpydoc's Parameters say it
autosummary_generate = False  # numpydoc brings autosummary along
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = f"pyminima {release}"
html_theme_options = {"show_prev_next": False, "secondary_sidebar_items": ["page-toc"]}
html_show_sourcelink = False


def setup(app: object) -> None:
    make_methods.write()  # the page of the methods, from the registry
