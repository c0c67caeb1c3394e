"""How API clients reach the gateways: names, steering between regions, and edges in front."""
