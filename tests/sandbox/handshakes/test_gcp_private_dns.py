"""Kong's DNS peering zone, against what the customer created in GCP."""

from __future__ import annotations

import pytest

from sandbox.accounts import CUSTOMER_GCP_PROJECT, KONG_GCP_PRINCIPAL
from sandbox.handshakes import gcp_peering, gcp_private_dns
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.conftest import Connect
from tests.sandbox.clouds.harness import Made, Provider

OTHER = "acme-gateway-emea"
KONG_NETWORK = "kong-1"


def network_of(gcp: Provider) -> Made:
    return gcp.create(tokens.GCP_NETWORK, name="n", autoCreateSubnetworks=False)


def zone_of(gcp: Provider, network: Made, domain: str = "acme.internal.") -> Made:
    return gcp.create(
        tokens.GCP_ZONE,
        domain.replace(".", "-"),
        dnsName=domain,
        visibility="private",
        privateVisibilityConfig={"networks": [{"networkUrl": network.id}]},
    )


def grant_of(
    gcp: Provider, project: str = CUSTOMER_GCP_PROJECT, role: str = "roles/dns.peer"
) -> Made:
    return gcp.create(
        tokens.GCP_IAM_MEMBER, role, project=project, role=role, member=KONG_GCP_PRINCIPAL
    )


def asked(project: str = CUSTOMER_GCP_PROJECT, domain: str = "acme.internal") -> dict[str, str]:
    return {"domain_name": domain, "peer_project_id": project, "peer_vpc_name": "n"}


def missing(store: Store, **where: str) -> str | None:
    with store.transaction():
        return gcp_private_dns.missing(store, **asked(**where))


def open_(store: Store) -> str:
    with store.transaction():
        return gcp_private_dns.open_(store, **asked(), kong_network=KONG_NETWORK)


def close(store: Store, zone_id: str) -> None:
    with store.transaction():
        gcp_private_dns.close(store, zone_id=zone_id)


def test_a_domain_needs_the_network_a_zone_that_it_sees_and_the_role(
    gcp: Provider, store: Store
) -> None:
    assert "network n does not exist" in str(missing(store))
    network = network_of(gcp)
    assert "no private zone of acme.internal. is visible to network n" in str(missing(store))
    zone_of(gcp, network, "emea.acme.internal.")
    gcp.create(tokens.GCP_ZONE, "public", dnsName="acme.internal.")
    assert "no private zone" in str(missing(store))
    zone_of(gcp, network)
    grant_of(gcp, role="roles/dns.reader")
    assert "does not grant roles/dns.peer" in str(missing(store))
    grant_of(gcp)
    assert missing(store) is None
    assert missing(store, domain="ACME.internal.") is None


def test_the_role_is_granted_on_the_project_of_the_network(
    gcp: Provider, connect: Connect, store: Store
) -> None:
    other = connect("gcp", {"project": OTHER})
    network = network_of(other)
    zone_of(gcp, network)
    grant_of(gcp)
    assert f"project {OTHER} does not grant" in str(missing(store, project=OTHER))
    assert "network n does not exist" in str(missing(store))
    grant_of(gcp, project=OTHER)
    assert missing(store, project=OTHER) is None


def test_kongs_zone_is_deactivated_when_the_network_is_deleted(gcp: Provider, store: Store) -> None:
    network = network_of(gcp)
    zone, grant = zone_of(gcp, network), grant_of(gcp)
    opened = open_(store)
    assert gcp_private_dns.state(store, zone_id=opened) == "active"
    gcp.delete(grant)
    gcp.delete(zone)
    gcp.delete(network)
    assert gcp_private_dns.state(store, zone_id=opened) == "deactivated"
    close(store, opened)
    assert gcp_private_dns.state(store, zone_id=opened) == "deleted"
    assert store.everything() == {}


@pytest.mark.parametrize("dns_first", [True, False])
def test_kongs_zone_and_its_peering_are_closed_in_any_order(
    gcp: Provider, store: Store, dns_first: bool
) -> None:
    network = network_of(gcp)
    ends = {"peer_project_id": CUSTOMER_GCP_PROJECT, "peer_vpc_name": "n"}
    with store.transaction():
        gcp_peering.open_(store, **ends, kong_network=KONG_NETWORK, cidr_block="10.64.0.0/16")
    opened = open_(store)
    if dns_first:
        close(store, opened)
    with store.transaction():
        gcp_peering.close(store, **ends, kong_network=KONG_NETWORK)
    if not dns_first:
        close(store, opened)
    gcp.delete(network)
    assert store.everything() == {}
