"""Tests simulate what they test: no day is taken from the user's store, and none is left there."""

import os

os.environ.setdefault("TWIN_DAYS", "off")
