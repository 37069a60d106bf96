"""People, norms and developments: who asks for service, and how much."""
