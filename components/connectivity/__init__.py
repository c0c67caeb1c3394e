"""The customer's side of a region: its network, unless it is given, and its links."""
