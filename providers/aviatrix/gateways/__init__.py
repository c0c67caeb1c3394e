"""Gateways: transit and spoke gateways, their HA peers, and the settings of transit gateways."""
