"""Local simulators of Konnect, AWS, Azure and GCP. They need no account.

They are written from the published API documents only. This package does not import the
rest of the project, and the project does not import it, so a provider and the simulator
that checks it cannot share a mistake.
"""
