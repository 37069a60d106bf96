"""One utility each, computed by one engine, behind one contract (``base.Network``)."""
