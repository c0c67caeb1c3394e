"""The picture of an environment's network: what is where, what connects it, and what walks it."""
