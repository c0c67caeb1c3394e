"""Customer gateways and VPN connections: what AWS refuses, and what an update keeps."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused, secret

INSIDE = IPv4Network("169.254.10.0/30")


@pytest.fixture
def hub(aws: Provider) -> Made:
    return aws.create(
        tokens.TGW,
        "hub",
        amazonSideAsn=64601,
        defaultRouteTableAssociation="disable",
        defaultRouteTablePropagation="disable",
    )


@pytest.fixture
def far(aws: Provider) -> Made:
    return customer_gateway(aws)


def customer_gateway(aws: Provider, name: str = "far", **changes: Any) -> Made:
    given = {"type": "ipsec.1", "bgpAsn": "65010", "ipAddress": "203.0.113.10", **changes}
    return aws.create(
        tokens.CUSTOMER_GATEWAY, name, **{k: v for k, v in given.items() if v is not None}
    )


def connected(aws: Provider, hub: Made, far: Made, name: str = "vpn", **more: Any) -> Made:
    return aws.create(
        tokens.VPN_CONNECTION,
        name,
        type="ipsec.1",
        transitGatewayId=hub.id,
        customerGatewayId=far.id,
        **more,
    )


@pytest.mark.parametrize("asn", ["7224", "2147483648"])
def test_a_customer_gateway_has_no_reserved_and_no_long_asn(aws: Provider, asn: str) -> None:
    with pytest.raises(Refused, match=rf"InvalidParameterValue.*{asn}"):
        customer_gateway(aws, bgpAsn=asn)


def test_some_asns_are_reserved_in_one_region_only(aws: Provider) -> None:
    assert customer_gateway(aws, bgpAsn="9059")["bgpAsn"] == "9059"
    with pytest.raises(Refused, match="reserved in eu-west-1"):
        customer_gateway(aws, bgpAsn="9059", region="eu-west-1")


def test_a_customer_gateway_has_an_address_and_one_asn(aws: Provider) -> None:
    with pytest.raises(Refused, match="MissingParameter"):
        customer_gateway(aws, bgpAsn=None)
    with pytest.raises(Refused, match="MissingParameter"):
        customer_gateway(aws, ipAddress=None)
    with pytest.raises(Failed, match="only one of"):
        customer_gateway(aws, bgpAsnExtended="65010")
    with pytest.raises(Failed, match="valid IPv4 address"):
        customer_gateway(aws, ipAddress="gateway.example")
    customer_gateway(aws)
    with pytest.raises(Refused, match="Duplicate"):
        customer_gateway(aws, "twin")


def test_a_connection_gives_the_addresses_and_asn_of_both_tunnels(
    aws: Provider, hub: Made, far: Made
) -> None:
    vpn = connected(
        aws, hub, far, tunnel1InsideCidr=str(INSIDE), tunnel2InsideCidr="169.254.10.4/30"
    )
    assert vpn["tunnel1VgwInsideAddress"] == "169.254.10.1"
    assert vpn["tunnel1CgwInsideAddress"] == "169.254.10.2"
    assert vpn["tunnel2CgwInsideAddress"] == "169.254.10.6"
    assert vpn["tunnel1BgpAsn"] == "64601"
    assert vpn["tunnel1Address"] != vpn["tunnel2Address"]
    assert vpn["transitGatewayAttachmentId"].startswith("tgw-attach-")


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("169.254.10.0/29", "30 significant bits"),
        ("10.0.0.0/30", "within 169.254.0.0/16"),
        ("169.254.10.1/30", "valid network"),
        ("169.254.5.0/30", "not be any of"),
        ("169.254.169.252/30", "not be any of"),
    ],
)
def test_an_inside_block_is_a_slash_30_that_aws_does_not_reserve(
    aws: Provider, hub: Made, far: Made, inside: str, reason: str
) -> None:
    with pytest.raises(Failed, match=reason):
        connected(aws, hub, far, tunnel1InsideCidr=inside)


def test_the_tunnels_of_a_connection_differ_and_those_of_two_may_be_equal(
    aws: Provider, hub: Made, far: Made
) -> None:
    with pytest.raises(Failed, match="different inside CIDRs"):
        connected(aws, hub, far, tunnel1InsideCidr=str(INSIDE), tunnel2InsideCidr=str(INSIDE))
    connected(aws, hub, far, tunnel1InsideCidr=str(INSIDE))
    connected(aws, hub, far, "second", tunnel1InsideCidr=str(INSIDE))


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("short", "8 - 64"),
        ("k" * 65, "8 - 64"),
        ("0startswithzero", "zero"),
        ("with-a-dash", "alphanumeric, period"),
    ],
)
def test_a_key_is_refused_by_its_form_and_not_shown(
    aws: Provider, hub: Made, far: Made, key: str, reason: str
) -> None:
    with pytest.raises(Failed, match=reason) as failed:
        connected(aws, hub, far, tunnel1PresharedKey=secret(key))
    assert key not in str(failed.value)


@pytest.mark.parametrize(
    ("tunnel", "value"),
    [
        ("tunnel1IkeVersions", ["ikev3"]),
        ("tunnel1Phase1EncryptionAlgorithms", ["3DES"]),
        ("tunnel1Phase2IntegrityAlgorithms", ["MD5"]),
        ("tunnel1Phase1DhGroupNumbers", [5]),
        ("tunnel1StartupAction", "restart"),
        ("tunnel1Phase2LifetimeSeconds", 7200),
    ],
)
def test_an_option_of_a_tunnel_is_one_that_aws_has(
    aws: Provider, hub: Made, far: Made, tunnel: str, value: object
) -> None:
    with pytest.raises(Failed, match=tunnel):
        connected(aws, hub, far, **{tunnel: value})


def test_a_key_and_a_customer_gateway_are_updates_and_an_inside_block_is_a_replacement(
    aws: Provider, hub: Made, far: Made
) -> None:
    vpn = connected(aws, hub, far, tunnel1InsideCidr=str(INSIDE))
    other = customer_gateway(aws, "other", ipAddress="203.0.113.11")
    for change in (
        {"tunnel1PresharedKey": secret("another.key_1")},
        {"customerGatewayId": other.id},
        {"tunnel1Phase1DhGroupNumbers": [14]},
    ):
        assert list(aws.diff(vpn, **change).replaces) == []
    assert list(aws.diff(vpn, tunnel1InsideCidr="169.254.10.8/30").replaces)
    kept = aws.update(vpn, customerGatewayId=other.id)
    for output in ("tunnel1Address", "transitGatewayAttachmentId", "tunnel1InsideCidr"):
        assert kept[output] == vpn[output]
    with pytest.raises(Refused, match=r"IncorrectState.*customer gateway is in use"):
        aws.delete(other)
    aws.delete(far)


def test_the_attachment_of_a_connection_is_associated_and_propagates(
    aws: Provider, hub: Made, far: Made
) -> None:
    table = aws.create(tokens.TGW_ROUTE_TABLE, transitGatewayId=hub.id)
    vpn = connected(aws, hub, far)
    link = {
        "transitGatewayAttachmentId": vpn["transitGatewayAttachmentId"],
        "transitGatewayRouteTableId": table.id,
    }
    association = aws.create(tokens.TGW_ASSOCIATION, **link)
    assert (association["resourceType"], association["resourceId"]) == ("vpn", vpn.id)
    aws.create(tokens.TGW_PROPAGATION, **link)
    with pytest.raises(Refused, match=r"IncorrectState.*VPN Attachments"):
        aws.delete(hub)
    with pytest.raises(Refused, match=r"IncorrectState.*propagating|IncorrectState.*associated"):
        aws.delete(table)
    aws.delete(vpn)
    aws.delete(table)


def test_the_asn_of_a_gateway_stays_while_it_has_a_connection(
    aws: Provider, hub: Made, far: Made
) -> None:
    other = aws.update(hub, amazonSideAsn=64602)
    vpn = connected(aws, hub, far)
    assert vpn["tunnel1BgpAsn"] == "64602"
    with pytest.raises(Refused, match=f"IncorrectState.*{vpn.id}"):
        aws.update(other, amazonSideAsn=64603)
