"""What cuts a compromised gateway off from the customer's network: rules that deny, and no routes.

The gateway and its links stay, for analysis. One module per cloud. Import it only when an
environment has a region there: the SDK of a cloud takes seconds to load.
"""
