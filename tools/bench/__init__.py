"""Measures the performance budgets: `python -m tools.bench`."""
