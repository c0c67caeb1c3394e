"""Shims: how one remote object is created, read, changed and deleted. No topology here."""
