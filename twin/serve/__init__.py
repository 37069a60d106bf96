"""The server on this machine: the board of a scenario, and the list of results."""
