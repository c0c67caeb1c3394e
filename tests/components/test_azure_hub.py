"""Virtual hubs in Azure, and the virtual WAN that they share."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockResourceArgs
from pulumi_azure_native import resources

from components.networks.azure_hub import AzureVirtualHub, AzureVirtualHubArgs
from tests.components.fabric.sandbox_program import cloud_world
from tests.components.gateway_mocks import World, run_program, unmocked


def two_hubs() -> Any:
    """Create two hubs, the second in the WAN of the first."""
    group = resources.ResourceGroup("group", resource_group_name="group", location="eastus2")
    core = AzureVirtualHub(
        "core", AzureVirtualHubArgs("eastus2", group.name, IPv4Network("10.82.0.0/23"))
    )
    other = AzureVirtualHub(
        "other",
        AzureVirtualHubArgs(
            "westeurope",
            group.name,
            IPv4Network("10.82.2.0/23"),
            virtual_wan_id=core.virtual_wan_id,
        ),
    )
    return [core.virtual_wan_id, other.virtual_wan_id]


def test_a_hub_with_a_given_wan_creates_none_and_keeps_its_urn() -> None:
    with cloud_world() as world:
        first, second = world.run(two_hubs)

        assert [one.name for one in world.of("network:VirtualWan")] == ["core-wan"]
        assert first == second == world.made("core-wan").id
        assert world.made("other-virtual-hub")["virtualWan"] == {"id": first}
        urns = {one.name: one.urn.split("::")[2] for one in world.of("network:VirtualHub")}
        assert set(urns.values()) == {
            "multicloudgateway:index:AzureVirtualHub$azure-native:network:VirtualHub"
        }


class OwnWans(World):
    """Each hub is live in a WAN of its own, which a change of the program does not move it from."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        id_, outputs = super().new_resource(args)
        if args.typ.endswith(":VirtualHub"):
            outputs["virtualWan"] = {"id": f"{args.name}-wan"}
        return id_, outputs


def test_a_live_hub_in_another_wan_is_refused_with_the_way_out() -> None:
    try:
        with pytest.raises(pulumi.RunError) as refused:
            run_program(lambda _: two_hubs(), world=OwnWans())
    finally:
        unmocked()
    message = str(refused.value)
    assert "virtualHubs/other-virtual-hub is live in other-virtual-hub-wan" in message
    assert "Delete the virtual-hub link of its region" in message
