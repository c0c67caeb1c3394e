"""Kong Mesh in Konnect: `/v1/mesh`."""
