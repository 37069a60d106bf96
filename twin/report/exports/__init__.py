"""What a saved run gives to other programs: maps, workbooks, headroom in the columns of network operators."""
