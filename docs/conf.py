"""How Sphinx makes the site of docs/: `make docs`, warnings are errors."""

from __future__ import annotations

import logging

import xtiger

project = "XTiger for Python"
author = "The XTiger authors"
copyright = f"2026, {author}"  # noqa: A001 # the name that Sphinx reads
version = release = xtiger.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = f"{project} {release}"
html_copy_source = False

# A heading is named as GitHub names it, so that one link serves both.
myst_heading_anchors = 3

# Docstrings are written for help(): a name stands in single backticks.
default_role = "literal"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "show-inheritance": True}

# The built-in `type` is also a field of some values; the signature shows it either way.
suppress_warnings = ["ref.python"]
# The library below the store lists its plugins when it is imported.
logging.getLogger("alembic").setLevel(logging.WARNING)
