"""HA VPN, Cloud Routers and Network Connectivity Center of the simulated GCP."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.conftest import Connect
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused


@pytest.fixture
def gateway(gcp: Provider, network: Made) -> Made:
    return gcp.create(tokens.GCP_VPN_GATEWAY, name="gw", network=network.id)


@pytest.fixture
def router(gcp: Provider, network: Made) -> Made:
    return gcp.create(tokens.GCP_ROUTER, name="r", network=network.id, bgp={"asn": 64514})


@pytest.fixture
def external(gcp: Provider) -> Made:
    return external_gateway(gcp, "aws", "3.1.1.1", "3.1.1.2", "3.1.1.3", "3.1.1.4")


def external_gateway(gcp: Provider, name: str, *addresses: str, **more: Any) -> Made:
    kinds = {1: "SINGLE_IP_INTERNALLY_REDUNDANT", 2: "TWO_IPS_REDUNDANCY", 4: "FOUR_IPS_REDUNDANCY"}
    interfaces = [{"id": id_, "ipAddress": address} for id_, address in enumerate(addresses)]
    base = {"redundancyType": kinds.get(len(addresses)), "interfaces": interfaces}
    return gcp.create(tokens.GCP_EXTERNAL_GATEWAY, name, name=name, **{**base, **more})


def tunnel(gcp: Provider, name: str = "t", interface: int = 0, **inputs: Any) -> Made:
    base = {
        "vpnGateway": "gw",
        "vpnGatewayInterface": interface,
        "router": "r",
        "sharedSecret": "s3cret",
    }
    if "peerGcpGateway" not in inputs:
        base |= {"peerExternalGateway": "aws", "peerExternalGatewayInterface": interface}
    return gcp.create(tokens.GCP_TUNNEL, name, name=name, **{**base, **inputs})


def interface(gcp: Provider, name: str = "i", at: str = "169.254.10.2/30", **more: Any) -> Made:
    inputs = {"router": "r", "vpnTunnel": "t", "ipRange": at, **more}
    return gcp.create(tokens.GCP_ROUTER_INTERFACE, name, name=name, **inputs)


def peer(gcp: Provider, **more: Any) -> Made:
    base = {"router": "r", "interface": "i", "peerAsn": 64520, "peerIpAddress": "169.254.10.1"}
    return gcp.create(tokens.GCP_ROUTER_PEER, **{"name": "p", **base, **more})


def test_a_gateway_has_two_interfaces_with_an_address_each(gcp: Provider, gateway: Made) -> None:
    interfaces = gateway["vpnInterfaces"]
    assert [one["id"] for one in interfaces] == [0, 1]
    assert len({one["ipAddress"] for one in interfaces}) == 2


@pytest.mark.parametrize(
    ("addresses", "more", "reason"),
    [
        (("3.1.1.1",), {"redundancyType": "TWO_IPS_REDUNDANCY"}, "needs the interfaces 0 to 1"),
        (("3.1.1.1", "3.1.1.1"), {}, "must not have the same address"),
        (("3.1.1.1", "here"), {}, "must be an IPv4 address"),
    ],
)
def test_an_external_gateway_has_an_address_for_each_interface(
    gcp: Provider, addresses: tuple[str, ...], more: dict[str, str], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        external_gateway(gcp, "e", *addresses, **more)


def test_an_external_gateway_has_a_redundancy_type(gcp: Provider) -> None:
    with pytest.raises(Refused, match="redundancyType"):
        gcp.create(tokens.GCP_EXTERNAL_GATEWAY, name="e")


def test_an_external_gateway_is_not_one_of_google(gcp: Provider, gateway: Made) -> None:
    with pytest.raises(Refused, match="must not be an address of Google Cloud"):
        external_gateway(gcp, "e", gateway["vpnInterfaces"][0]["ipAddress"])


def test_a_tunnel_leads_to_the_address_of_its_peers_interface(
    gcp: Provider, gateway: Made, router: Made, external: Made
) -> None:
    made = tunnel(gcp, interface=1, peerExternalGatewayInterface=3)
    assert made["peerIp"] == "3.1.1.4"
    assert made["detailedStatus"] == "No incoming packets from peer"


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"vpnGatewayInterface": 2}, "has the interfaces 0 and 1"),
        ({"peerExternalGatewayInterface": 4}, r"has the interfaces \[0, 1, 2, 3\]"),
        ({"sharedSecret": ""}, "sharedSecret' not specified"),
    ],
)
def test_a_tunnel_is_between_interfaces_that_exist(
    gcp: Provider,
    gateway: Made,
    router: Made,
    external: Made,
    inputs: dict[str, Any],
    reason: str,
) -> None:
    with pytest.raises(Refused, match=reason):
        tunnel(gcp, **inputs)


@pytest.mark.parametrize(
    ("left_out", "reason"),
    [
        (("vpnGateway",), "vpnGateway' and 'resource.vpnGatewayInterface' are required"),
        (("router",), "needs 'resource.router'"),
        (("peerExternalGateway", "peerExternalGatewayInterface"), "One of 'resource.peerExternal"),
    ],
)
def test_a_tunnel_without_an_end_or_a_router_is_refused(
    gcp: Provider,
    gateway: Made,
    router: Made,
    external: Made,
    left_out: tuple[str, ...],
    reason: str,
) -> None:
    inputs = {
        "vpnGateway": "gw",
        "vpnGatewayInterface": 0,
        "router": "r",
        "sharedSecret": "s3cret",
        "peerExternalGateway": "aws",
        "peerExternalGatewayInterface": 0,
    }
    with pytest.raises(Refused, match=reason):
        gcp.create(tokens.GCP_TUNNEL, **{key: inputs[key] for key in inputs if key not in left_out})


def test_an_interface_has_one_tunnel_to_an_address(
    gcp: Provider, gateway: Made, router: Made, external: Made
) -> None:
    tunnel(gcp)
    with pytest.raises(Refused, match=r"already has a tunnel to 3\.1\.1\.1"):
        tunnel(gcp, "again")
    assert tunnel(gcp, "other", peerExternalGatewayInterface=1)["peerIp"] == "3.1.1.2"


def test_gateway_and_router_of_a_tunnel_are_in_one_network(
    gcp: Provider, gateway: Made, external: Made
) -> None:
    gcp.create(tokens.GCP_NETWORK, "m", name="m", autoCreateSubnetworks=False)
    gcp.create(tokens.GCP_ROUTER, name="r", network="m", bgp={"asn": 64514})
    with pytest.raises(Refused, match=r"The router is in projects/.*/networks/m, and"):
        tunnel(gcp)


def test_gateway_and_router_of_a_tunnel_are_in_its_region(
    gcp: Provider, connect: Connect, gateway: Made, router: Made, external: Made
) -> None:
    away = connect("gcp", {"region": "us-west1"})
    with pytest.raises(Refused, match="must be in the region of the tunnel, us-west1"):
        tunnel(away, vpnGateway=gateway.id, router=router.id)


def test_two_gateways_of_gcp_are_up_when_both_tunnels_have_one_secret(
    gcp: Provider, connect: Connect, network: Made, gateway: Made, router: Made
) -> None:
    away = connect("gcp", {"region": "us-west1"})
    gcp.create(tokens.GCP_NETWORK, "m", name="m", autoCreateSubnetworks=False)
    far = away.create(tokens.GCP_VPN_GATEWAY, name="far", network="m")
    away.create(tokens.GCP_ROUTER, name="r", network="m", bgp={"asn": 64515})
    here = tunnel(gcp, peerGcpGateway=far.id)
    assert here["peerIp"] == far["vpnInterfaces"][0]["ipAddress"]
    there = tunnel(away, vpnGateway="far", peerGcpGateway=gateway.id)
    assert there["detailedStatus"] == "Tunnel is up and running."
    assert status(gcp, here) == "Tunnel is up and running."
    away.delete(there)
    assert status(gcp, here) == "No incoming packets from peer"
    tunnel(away, vpnGateway="far", peerGcpGateway=gateway.id, sharedSecret="wrong")
    assert status(gcp, here) == "Peer rejected the shared secret"


def status(gcp: Provider, made: Made) -> str:
    read = gcp.read(made)
    assert read is not None
    return str(read["detailedStatus"])


@pytest.mark.parametrize("asn", [64511, 65535, 15169])
def test_the_asn_of_a_router_is_private(gcp: Provider, network: Made, asn: int) -> None:
    with pytest.raises(Failed, match="RFC6996"):
        gcp.create(tokens.GCP_ROUTER, network="n", bgp={"asn": asn})


def test_ranges_are_announced_in_custom_mode_only(gcp: Provider, network: Made) -> None:
    ranges = [{"range": "10.0.0.0/8"}]
    with pytest.raises(Failed, match="cannot be specified when using advertiseMode DEFAULT"):
        gcp.create(tokens.GCP_ROUTER, network="n", bgp={"asn": 64514, "advertisedIpRanges": ranges})
    custom = {"asn": 64514, "advertiseMode": "CUSTOM"}
    made = gcp.create(tokens.GCP_ROUTER, network="n", bgp={**custom, "advertisedIpRanges": ranges})
    more = [*ranges, {"range": "172.16.0.0/12"}]
    changed = gcp.update(made, bgp={**custom, "advertisedIpRanges": more})
    assert changed["bgp"]["advertisedIpRanges"] == more
    with pytest.raises(Refused, match="must be ALL_SUBNETS"):
        gcp.update(made, bgp={**custom, "advertisedGroups": ["SOME"]})


def test_a_router_announces_no_more_than_200_ranges(
    gcp: Provider, gateway: Made, router: Made, external: Made
) -> None:
    custom = {"advertiseMode": "CUSTOM"}
    ranges = [{"range": f"10.{number}.0.0/16"} for number in range(201)]
    many = {**custom, "asn": 64514, "advertisedIpRanges": ranges}
    with pytest.raises(Refused, match=r"custom advertised routes per BGP session'.* Limit: 200"):
        gcp.update(router, bgp=many)
    gcp.update(router, bgp={**many, "advertisedIpRanges": ranges[1:]})
    tunnel(gcp)
    interface(gcp)
    with pytest.raises(Refused, match="Limit: 200"):
        peer(gcp, **custom, advertisedIpRanges=ranges)


def test_a_network_has_five_routers_in_a_region(
    gcp: Provider, connect: Connect, network: Made
) -> None:
    def made(provider: Provider, number: int) -> Made:
        name = f"r{number}"
        return provider.create(
            tokens.GCP_ROUTER, name, name=name, network=network.id, bgp={"asn": 64514}
        )

    for number in range(5):
        made(gcp, number)
    with pytest.raises(Refused, match=r"Cloud Routers per region and network'.* Limit: 5"):
        made(gcp, 5)
    made(connect("gcp", {"region": "us-west1"}), 5)


@pytest.mark.parametrize("range_", ["10.0.0.0/30", "169.254.128.0/31", "169.254.128.1/30", "here"])
def test_bgp_identifiers_are_link_local(gcp: Provider, router: Made, range_: str) -> None:
    with pytest.raises(Refused, match=r"It must be a /30 or larger in 169\.254\.0\.0/16"):
        gcp.update(router, bgp={"asn": 64514, "identifierRange": range_})


def test_bgp_identifiers_are_apart_from_those_of_others_and_from_sessions(
    gcp: Provider, gateway: Made, router: Made, external: Made
) -> None:
    tunnel(gcp)
    interface(gcp)
    with pytest.raises(Refused, match=r"overlaps with the range 169\.254\.10\.0/30 of"):
        gcp.update(router, bgp={"asn": 64514, "identifierRange": "169.254.10.0/24"})
    gcp.update(router, bgp={"asn": 64514, "identifierRange": "169.254.128.0/30"})
    again = {"asn": 64514, "identifierRange": "169.254.128.0/29"}
    gcp.update(router, bgp=again)
    with pytest.raises(Refused, match=r"overlaps with the range 169\.254\.128\.0/29 of '.*/r'"):
        gcp.create(tokens.GCP_ROUTER, "r2", name="r2", network="n", bgp=again)
    tunnel(gcp, "t2", interface=1)
    with pytest.raises(Refused, match=r"overlaps with the range 169\.254\.128\.0/29 of '.*/r'"):
        interface(gcp, "j", "169.254.128.6/30", vpnTunnel="t2")


def test_the_asn_of_a_router_is_kept_while_it_has_peers(
    gcp: Provider, gateway: Made, router: Made, external: Made
) -> None:
    router = gcp.update(router, bgp={"asn": 64600})
    tunnel(gcp)
    interface(gcp)
    session = peer(gcp)
    with pytest.raises(Refused, match="cannot be changed to 64601: BGP peers use it"):
        gcp.update(router, bgp={"asn": 64601})
    gcp.delete(session)
    assert gcp.update(router, bgp={"asn": 64601})["bgp"]["asn"] == 64601


@pytest.mark.parametrize(
    ("range_", "reason"),
    [
        ("10.0.0.1/30", "It must be an address of a /29 or /30 in 169.254.0.0/16"),
        ("169.254.10.1/24", "It must be an address of a /29 or /30 in 169.254.0.0/16"),
        ("169.254.10.0/30", "must not be the network or broadcast address"),
        ("169.254.169.253/30", "169.254.169.254 is the metadata server"),
        ("169.254.10.x/30", "It must be an address with a prefix length"),
    ],
)
def test_an_interface_has_a_link_local_address(
    gcp: Provider, gateway: Made, router: Made, external: Made, range_: str, reason: str
) -> None:
    tunnel(gcp)
    with pytest.raises(Refused, match=reason):
        interface(gcp, at=range_)


def test_an_interface_has_a_range_and_a_tunnel_of_its_own(
    gcp: Provider, gateway: Made, router: Made, external: Made
) -> None:
    tunnel(gcp)
    tunnel(gcp, "t2", interface=1)
    interface(gcp)
    with pytest.raises(Refused, match=r"overlaps with the range 169\.254\.10\.0/30"):
        interface(gcp, "j", "169.254.10.1/30", vpnTunnel="t2")
    with pytest.raises(Refused, match="is already linked to"):
        interface(gcp, "j", "169.254.10.5/30")
    gcp.create(tokens.GCP_ROUTER, "r2", name="r2", network="n", bgp={"asn": 64514})
    with pytest.raises(Refused, match="The tunnel uses the router 'r'"):
        interface(gcp, "j", "169.254.10.5/30", router="r2", vpnTunnel="t2")


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"peerIpAddress": "169.254.10.5"}, "another address of the range 169.254.10.0/30"),
        ({"peerIpAddress": "169.254.10.2"}, "another address of the range 169.254.10.0/30"),
        ({"ipAddress": "169.254.10.1"}, "The address of the interface is 169.254.10.2"),
        ({"peerAsn": 64514}, "must not be the ASN of the router itself"),
    ],
)
def test_a_peer_is_at_the_other_address_of_the_interface(
    gcp: Provider,
    gateway: Made,
    router: Made,
    external: Made,
    inputs: dict[str, Any],
    reason: str,
) -> None:
    tunnel(gcp)
    interface(gcp)
    with pytest.raises(Refused, match=reason):
        peer(gcp, **inputs)
    assert peer(gcp)["ipAddress"] == "169.254.10.2"
    with pytest.raises(Refused, match="already has the BGP peer"):
        peer(gcp, name="again")


def test_parts_of_a_link_are_deleted_from_its_last_to_its_first(
    gcp: Provider, gateway: Made, router: Made, external: Made
) -> None:
    made = [gateway, external, router, tunnel(gcp), interface(gcp), peer(gcp)]
    for one in made:
        if one is made[-1]:
            break
        with pytest.raises(Refused, match="resourceInUseByAnotherResource"):
            gcp.delete(one)
    for one in reversed(made):
        gcp.delete(one)


@pytest.fixture
def hub(gcp: Provider) -> Made:
    return gcp.create(tokens.GCP_NCC_HUB, name="hub")


def spoke(gcp: Provider, name: str, *tunnels: Made, **more: Any) -> Made:
    linked = {"uris": [one["selfLink"] for one in tunnels], "siteToSiteDataTransfer": True}
    base = {"hub": "hub", "location": "us-east4", "linkedVpnTunnels": linked}
    return gcp.create(tokens.GCP_NCC_SPOKE, name, name=name, **{**base, **more})


def test_a_spoke_links_all_tunnels_of_a_gateway_to_a_peer(
    gcp: Provider, gateway: Made, router: Made, external: Made, hub: Made
) -> None:
    first, second = tunnel(gcp), tunnel(gcp, "t2", interface=1)
    with pytest.raises(Refused, match=r"must be in one spoke: '.*/t2' is not"):
        spoke(gcp, "a", first)
    made = spoke(gcp, "a", first, second)
    assert made["state"] == "ACTIVE"
    with pytest.raises(Refused, match="is already in spoke"):
        spoke(gcp, "b", first, second)
    for used in (hub, first):
        with pytest.raises(Refused, match="resourceInUseByAnotherResource"):
            gcp.delete(used)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"location": "us-west1"}, "is not in the location of the spoke, us-west1"),
        ({"location": "us"}, "locations/us' was not found"),
        ({"hub": "other"}, "hubs/other' was not found"),
    ],
)
def test_a_spoke_is_in_the_region_of_its_tunnels(
    gcp: Provider,
    gateway: Made,
    router: Made,
    external: Made,
    hub: Made,
    more: dict[str, str],
    reason: str,
) -> None:
    only = tunnel(gcp)
    with pytest.raises(Refused, match=reason):
        spoke(gcp, "a", only, **more)


def test_spokes_with_data_transfer_are_of_one_network_and_asn(
    gcp: Provider, gateway: Made, router: Made, external: Made, hub: Made
) -> None:
    spoke(gcp, "a", tunnel(gcp))
    gcp.create(tokens.GCP_NETWORK, "m", name="m", autoCreateSubnetworks=False)
    gcp.create(tokens.GCP_VPN_GATEWAY, "gw-m", name="gw-m", network="m")
    gcp.create(tokens.GCP_ROUTER, "r-m", name="r-m", network="m", bgp={"asn": 64514})
    elsewhere = tunnel(gcp, "t-m", vpnGateway="gw-m", router="r-m")
    with pytest.raises(Refused, match="must be in one VPC network"):
        spoke(gcp, "b", elsewhere)
    gcp.create(tokens.GCP_ROUTER, "r2", name="r2", network="n", bgp={"asn": 64515})
    external_gateway(gcp, "azure", "20.1.1.1", "20.1.1.2")
    other = tunnel(gcp, "t2", router="r2", peerExternalGateway="azure")
    with pytest.raises(Refused, match="must have the same ASN: 64515 and 64514"):
        spoke(gcp, "b", other)


def test_some_regions_have_no_data_transfer(
    gcp: Provider, connect: Connect, network: Made, external: Made, hub: Made
) -> None:
    away = connect("gcp", {"region": "asia-east2"})
    away.create(tokens.GCP_VPN_GATEWAY, name="gw", network=network.id)
    away.create(tokens.GCP_ROUTER, name="r", network=network.id, bgp={"asn": 64514})
    made = tunnel(away)
    with pytest.raises(Refused, match="not supported in the location asia-east2"):
        spoke(away, "a", made, location="asia-east2")
    linked = {"uris": [made["selfLink"]], "siteToSiteDataTransfer": False}
    spoke(away, "a", location="asia-east2", linkedVpnTunnels=linked)


def test_a_spoke_has_eight_tunnels_at_most(
    gcp: Provider, gateway: Made, router: Made, hub: Made
) -> None:
    tunnels = []
    for number in range(3):
        addresses = [f"3.1.{number}.{end}" for end in range(1, 5)]
        external_gateway(gcp, f"aws-{number}", *addresses)
        for end in range(4):
            to = {
                "peerExternalGateway": f"aws-{number}",
                "peerExternalGatewayInterface": end,
            }
            tunnels.append(tunnel(gcp, f"t-{number}-{end}", interface=end // 2, **to))
    with pytest.raises(Refused, match="A spoke can have 8 linked VPN tunnels, and has 12"):
        spoke(gcp, "a", *tunnels)
    spoke(gcp, "a", *tunnels[:8])


def session(gcp: Provider, made: Made, number: int, asn: int) -> Made:
    """An interface and a BGP peer in a tunnel."""
    name, block = f"i{number}", f"169.254.30.{4 * number}"
    first, second = (str(IPv4Address(block) + host) for host in (1, 2))
    interface(gcp, name, f"{second}/30", vpnTunnel=made["name"])
    return peer(gcp, name=f"p{number}", interface=name, peerIpAddress=first, peerAsn=asn)


def test_peers_of_a_spoke_have_one_asn_which_no_other_spoke_has(
    gcp: Provider, gateway: Made, router: Made, external: Made, hub: Made
) -> None:
    external_gateway(gcp, "azure", "20.1.1.1", "20.1.1.2")
    first, second = tunnel(gcp), tunnel(gcp, "t2", interface=1)
    other = tunnel(gcp, "t3", peerExternalGateway="azure")
    session(gcp, first, 0, 64520)
    changing, elsewhere = session(gcp, second, 1, 64521), session(gcp, other, 2, 64520)
    with pytest.raises(Refused, match="peers of a spoke must have the same ASN: 64520 and 64521"):
        spoke(gcp, "a", first, second)
    gcp.update(changing, peerAsn=64520)
    spoke(gcp, "b", other)
    with pytest.raises(Refused, match=r"must have different ASNs: spoke '.*/b' has 64520 too"):
        spoke(gcp, "a", first, second)
    gcp.update(elsewhere, peerAsn=64522)
    spoke(gcp, "a", first, second)


def test_other_tunnels_are_another_spoke(
    gcp: Provider, gateway: Made, router: Made, external: Made, hub: Made
) -> None:
    one = tunnel(gcp)
    made = spoke(gcp, "a", one)
    linked = {"uris": [f"{one.id}0"], "siteToSiteDataTransfer": True}
    assert gcp.diff(made, linkedVpnTunnels=linked).replaces
    assert not gcp.diff(made, labels={"team": "edge"}).replaces
