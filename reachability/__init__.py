"""Reachability: what each gateway reaches, computed from the resources that the engine shows.

The graph is built from resources with their properties and property dependencies, not from the
settings that made them: a route that a component forgets is missing here too. The package imports
nothing of the project.
"""
