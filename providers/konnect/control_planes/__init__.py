"""Control Planes API, `/v2/control-planes`: control planes, memberships, node certificates."""
