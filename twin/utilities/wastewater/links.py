"""How used water reaches the sewers: the kind of link, and the port that it fills."""

from twin.utilities.coupling import LinkKind

ARRIVING = "arriving"
SEWAGE = LinkKind("sewage", ("junction",), ("junction",), gives=ARRIVING, of="water", called="manhole")
