"""The native driver: Transit Gateways, virtual hubs and HA VPN, one module for each cloud."""
