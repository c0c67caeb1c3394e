"""How the tests of GCP create the usual objects."""

from __future__ import annotations

from typing import Any

from sandbox.accounts import CUSTOMER_GCP_PROJECT, KONG_GCP_PROJECT
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider

API = "https://www.googleapis.com/compute/v1/"
PROJECT = f"projects/{CUSTOMER_GCP_PROJECT}"
KONG = f"projects/{KONG_GCP_PROJECT}/global/networks/kong-1"
"""A network of Kong."""


def link(network: str, project: str = PROJECT) -> str:
    """The path of a network that is given by its name, path or URL."""
    return network if "/" in network else f"{project}/global/networks/{network}"


def subnetwork(gcp: Provider, name: str, block: str, network: str = "n", **more: Any) -> Made:
    return gcp.create(
        tokens.GCP_SUBNETWORK, name, name=name, network=network, ipCidrRange=block, **more
    )


def peer(gcp: Provider, network: str, other: str, name: str = "p") -> Made:
    ends = {"network": link(network), "peerNetwork": link(other)}
    return gcp.create(tokens.GCP_PEERING, name, name=name, **ends)


def redis(gcp: Provider, name: str = "r", **inputs: Any) -> Made:
    base = {"name": name, "memorySizeGb": 1, "authorizedNetwork": "n", "deletionProtection": False}
    return gcp.create(tokens.GCP_REDIS, name, **{**base, **inputs})
