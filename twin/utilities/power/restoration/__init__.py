"""After an outage: which normally open points serve again what it cut off."""

TURNED, BACK = "switched around an outage", "switched back"
"""What is told of a switch that is turned, and of its return."""
