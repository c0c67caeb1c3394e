"""Component resources, and the planning of addresses and names that they use."""
