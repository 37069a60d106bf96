"""The power network: load flows by pandapower's solver."""
