"""The policy pack: what an environment may look like, whoever wrote its program.

Rules read resources as the engine sees them, by type token and property, and import nothing of
what built them. Importing a rule starts nothing: only ``__main__`` constructs the pack.
"""
