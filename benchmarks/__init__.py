"""How fast the twin is, beside the bare solvers and beside the naive loop."""
