"""The simulated Azure. Importing it declares its types."""

from __future__ import annotations

from sandbox.clouds.azure import application_gateway as application_gateway
from sandbox.clouds.azure import authorization as authorization
from sandbox.clouds.azure import dns_resolver as dns_resolver
from sandbox.clouds.azure import firewall as firewall
from sandbox.clouds.azure import firewall_policies as firewall_policies
from sandbox.clouds.azure import front_door as front_door
from sandbox.clouds.azure import front_door_routes as front_door_routes
from sandbox.clouds.azure import front_door_waf as front_door_waf
from sandbox.clouds.azure import hub_routes as hub_routes
from sandbox.clouds.azure import network as network
from sandbox.clouds.azure import peering as peering
from sandbox.clouds.azure import private_dns as private_dns
from sandbox.clouds.azure import private_endpoints as private_endpoints
from sandbox.clouds.azure import public_dns as public_dns
from sandbox.clouds.azure import redis_enterprise as redis_enterprise
from sandbox.clouds.azure import routing_intent as routing_intent
from sandbox.clouds.azure import security as security
from sandbox.clouds.azure import traffic_manager as traffic_manager
from sandbox.clouds.azure import vpn as vpn
from sandbox.clouds.azure import vpn_connections as vpn_connections
from sandbox.clouds.azure import wan as wan
from sandbox.clouds.azure.cloud import AZURE as AZURE
