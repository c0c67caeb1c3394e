"""The customer's network in a region, created here or given by another team; no Konnect objects.

One module per cloud. Import it only when an environment has a region there: the SDK of a cloud
takes seconds to load.
"""
