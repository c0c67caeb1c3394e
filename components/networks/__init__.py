"""The customer's network in a region, made here or given by another team; nothing of Konnect.

One module per cloud. Import it only when an environment has a region there: the SDK of a cloud
takes seconds to load.
"""
