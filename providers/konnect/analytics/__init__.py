"""Konnect's analytics: figures of the traffic that the data planes carried, as the API has them."""
