"""Redis for the plugins of a control plane: Konnect's managed cache, or a Redis of the region."""
