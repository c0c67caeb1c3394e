"""FireNet: the firewalls of a transit gateway, and which traffic they inspect."""
