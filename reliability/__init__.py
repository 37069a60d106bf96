"""Slow, seeded tests of what must hold whatever comes: one module per kind of harm."""
