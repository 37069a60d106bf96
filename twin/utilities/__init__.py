"""One utility each: what the twin knows of it, and its network behind one contract (``base.Network``)."""
