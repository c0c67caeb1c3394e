"""Local control planes of Konnect, AWS, Azure and GCP: a rehearsal without an account.

Written from the published API documents alone. Nothing here imports the rest of the
project and nothing in the project imports this package, so a misreading in a provider
is not mirrored by the simulator that checks it.
"""
