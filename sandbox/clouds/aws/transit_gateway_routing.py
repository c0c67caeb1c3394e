"""Transit gateway route tables: associations, propagations and static routes."""
