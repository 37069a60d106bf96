"""Tests simulate what they test: no day is taken from the user's store, and none is left there."""

import os

from tests.browser import browser, open_page
from twin.utilities.gas.installed import pandapipes

__all__ = ["browser", "open_page"]

os.environ.setdefault("TWIN_DAYS", "off")
pandapipes()  # before any test module imports it: what it changes in matplotlib is put back
