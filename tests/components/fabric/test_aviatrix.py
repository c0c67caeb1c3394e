"""The fabric of Aviatrix in the sandbox: gateways, links to native hubs, peerings, spokes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from components.fabric.model import FirewallImage, InspectionArgs, InspectionKind, SpokeArgs
from components.regions import Cloud
from providers.aviatrix.gateways.listing import gateways
from tests.components.fabric.aviatrix_fabric import (
    AWS,
    AZURE,
    GCP,
    AviatrixWorld,
    aviatrix_world,
    fabric_args,
    program,
)

SHOP = SpokeArgs(AWS, IPv4Network("10.76.0.0/20"), "shop")
ORDERS = SpokeArgs(AZURE, IPv4Network("10.92.0.0/20"), "shop")
PALO_ALTO = "Palo Alto Networks VM-Series Next-Generation Firewall Bundle 1"
FORTINET = "Fortinet FortiGate Next-Generation Firewall"
LEDGER = SpokeArgs(GCP, IPv4Network("10.112.0.0/20"), "billing")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AviatrixWorld]:
    with aviatrix_world(tmp_path, monkeypatch) as world:
        yield world


def test_a_fabric_of_three_clouds_comes_up_grows_is_inspected_shrinks_and_goes(
    world: AviatrixWorld,
) -> None:
    first = fabric_args(shop=SHOP, ledger=LEDGER)
    assert first.aviatrix is not None
    first = replace(first, aviatrix=replace(first.aviatrix, firenet=True))
    hubs = world.run(program(first))
    assert set(hubs) == {AWS, AZURE, GCP}
    listed = gateways(world.client, fresh=True)
    assert {name for name in listed if "-hub-" in name} == {
        f"{name}{suffix}" for name in hubs.values() for suffix in ("", "-hagw")
    }
    assert len(listed) == 3 * 2 + 2 * 2
    assert {item["vpc_state"] for item in listed.values() if "vpc_state" in item} == {"up"}
    _assert_connected(world)

    world.run(program(first))
    assert world.changes == []
    assert world.drift() == []

    second = replace(first, spokes={"shop": SHOP, "ledger": LEDGER, "orders": ORDERS})
    world.run(program(second))
    assert world.names("replace") == world.names("delete") == set()
    assert {name for name in world.names("create") if name.endswith("-orders-attachment")}
    assert all("orders" in name or "10.92.0.0-20" in name for name in world.names("create"))

    inspected = replace(
        second,
        inspection=InspectionArgs(InspectionKind.NATIVE, bypass=[IPv4Network("10.73.128.0/20")]),
        aviatrix=replace(
            first.aviatrix,
            firenet=True,
            firewalls={
                Cloud.AWS: FirewallImage(PALO_ALTO, "m5.xlarge"),
                Cloud.AZURE: FirewallImage(
                    FORTINET, "Standard_D3_v2", ssh_public_key="ssh-rsa AAAA"
                ),
            },
        ),
    )
    world.run(program(inspected))
    assert world.names("replace") == world.names("delete") == set()
    policies = {name for name in world.names("create") if name.endswith("-inspection")}
    assert len(policies) == 2 + 2 + 1
    assert world.drift() == []
    world.run(program(inspected))
    assert world.changes == []

    world.run(program(second))
    assert world.names("create") == world.names("replace") == world.names("update") == set()
    assert {name for name in world.names("delete") if name.endswith("-inspection")} == policies
    world.run(program(replace(second, spokes={}, segments={})))
    assert world.names("create") == world.names("replace") == set()
    assert world.drift() == []

    world.run(lambda: None)
    assert world.objects == {}
    assert gateways(world.client, fresh=True) == {}


def _assert_connected(world: AviatrixWorld) -> None:
    """Each transit gateway has a peering with the others, and tunnels to its native hub."""
    tokens = [token.rpartition(":")[2] for token, _ in world.objects]
    assert tokens.count("TransitGatewayPeering") == 3
    assert tokens.count("TransitExternalDeviceConn") == 2 + 1 + 1
    tunnels = world.made(f"gw-fabric-{AWS}-transit-0").outputs["remote_gateway_ip"].split(",")
    assert len(set(tunnels)) == 2
