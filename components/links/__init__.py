"""Private connections of a gateway network to a customer network: one module per attachment kind.

A link creates Konnect's side and the customer's. Import its module only when an environment uses
it: the SDK of a cloud takes seconds to load.
"""
