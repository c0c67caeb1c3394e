"""Konnect's analytics: queries of what the gateways carried, and dashboards of such queries."""
