"""Build orders: compared, searched, delayed."""
