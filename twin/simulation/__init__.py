"""What happens to the city over time: growth, developments, construction, outages."""
