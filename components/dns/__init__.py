"""Private names that the gateway of a region resolves: one module per kind of attachment.

Import a module only when an environment uses it: the SDK of a cloud takes seconds to load.
"""
