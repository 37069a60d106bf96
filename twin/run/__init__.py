"""A scenario taken through time: the clock, what happens in the city, and what is recorded of it."""
