"""Tests simulate what they test: no day is taken from the user's store, and none is left there."""

import gc
import os

from tests.browser import browser, open_page
from tests.made_once import make_grids_once
from tests.untraced import trace_less
from twin.utilities.gas.installed import pandapipes

__all__ = ["browser", "open_page"]

os.environ.setdefault("TWIN_DAYS", "off")
pandapipes()  # before any test module imports it: what it changes in matplotlib is put back
make_grids_once()
trace_less()


def pytest_collection_finish() -> None:
    """Leave what is there before the first test out of every search for garbage: it stays to the end."""
    gc.collect()
    gc.freeze()
