"""An API on every control plane of a gateway."""
