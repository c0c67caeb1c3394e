"""The simulated GCP. Importing it declares its types."""

from __future__ import annotations

from sandbox.clouds.gcp import address as address
from sandbox.clouds.gcp import armor as armor
from sandbox.clouds.gcp import backends as backends
from sandbox.clouds.gcp import certificates as certificates
from sandbox.clouds.gcp import cloud_router as cloud_router
from sandbox.clouds.gcp import connection as connection
from sandbox.clouds.gcp import connectivity_center as connectivity_center
from sandbox.clouds.gcp import dns as dns
from sandbox.clouds.gcp import endpoint_groups as endpoint_groups
from sandbox.clouds.gcp import firewall as firewall
from sandbox.clouds.gcp import firewall_policy as firewall_policy
from sandbox.clouds.gcp import health_check as health_check
from sandbox.clouds.gcp import iam as iam
from sandbox.clouds.gcp import instance_groups as instance_groups
from sandbox.clouds.gcp import internal_load_balancing as internal_load_balancing
from sandbox.clouds.gcp import load_balancing as load_balancing
from sandbox.clouds.gcp import network as network
from sandbox.clouds.gcp import network_security as network_security
from sandbox.clouds.gcp import peering as peering
from sandbox.clouds.gcp import project as project
from sandbox.clouds.gcp import redis as redis
from sandbox.clouds.gcp import vpn as vpn
from sandbox.clouds.gcp.cloud import GCP as GCP
