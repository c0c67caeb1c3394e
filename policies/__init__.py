"""The policy pack: rules for every environment, whatever program creates it.

Rules read resources as the engine sees them: type tokens and properties. They import no code of
components or providers. Importing a rule starts nothing; only ``__main__`` constructs the pack.
"""
