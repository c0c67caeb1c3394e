"""The transit network between the hubs of all regions: its plan, and what builds it."""
