"""Assertions on runs, and verdicts."""
