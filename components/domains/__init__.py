"""Public names: custom domains of control planes, and records in public DNS zones."""
