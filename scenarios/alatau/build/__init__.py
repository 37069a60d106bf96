"""Builds the scenario's network files and tables from its committed inputs."""
