"""Rules between the values of one environment: one module a subject."""
