"""A finished run: its tables, its folder, what differs between two."""
