"""Redis for the plugins of a control plane: Konnect's managed cache, or one in our own cloud."""
