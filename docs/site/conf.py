"""How Sphinx makes the site; `python docs/site` gives it the pages."""

project = "twin"
author = "The twin authors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
html_theme = "furo"
html_title = "twin"
html_show_sphinx = False
html_copy_source = False
myst_heading_anchors = 4
suppress_warnings = ["misc.highlighting_failure"]  # consoles of pages hold placeholders
autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
copybutton_selector = "div.highlight-console pre, div.highlight-python pre, div.highlight-default pre"
