"""After an outage: which normally open points serve again what it cut off."""
