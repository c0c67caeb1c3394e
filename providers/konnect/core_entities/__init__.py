"""Core entities of a control plane: services, routes, plugins, consumers, certificates, vaults."""
