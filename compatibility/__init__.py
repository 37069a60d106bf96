"""Other people's networks through the twin, beside the bare engines."""
