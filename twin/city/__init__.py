"""The networks at one instant: settling, couplings, capacities, what drivers post."""
