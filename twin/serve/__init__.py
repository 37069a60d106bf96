"""The server of results on this machine."""
