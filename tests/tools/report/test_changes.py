"""What changes, where, and what that interrupts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.tools.report.logs import KONNECT, UNKNOWN, preview_of, recorded, step
from tools.report.changes import Interruption, groups, interruptions, shown
from tools.report.places import places
from tools.report.preview import Action, Preview

NETWORK = f"{KONNECT}CloudGatewayNetwork"
PLANE = f"{KONNECT}GatewayControlPlane"
CONFIGURATION = f"{KONNECT}CloudGatewayConfiguration"
ADDON = f"{KONNECT}CloudGatewayAddon"
ATTACHMENT = f"{KONNECT}CloudGatewayTransitGateway"


def tier(name: str) -> dict[str, Any]:
    return {"config": {"capacity_config": {"tier": name}}, "owner": {"control_plane_id": "1"}}


def said(preview: Preview, name: str) -> list[str]:
    return [one.what for one in interruptions(preview) if one.resource.name == name]


def only(preview: Preview) -> Interruption:
    (found,) = interruptions(preview)
    return found


def test_changes_are_grouped_by_cloud_and_region_konnect_first() -> None:
    found = [(one.place.title, dict(one.counts)) for one in groups(recorded("change-prod"))]
    assert found == [
        ("Konnect, all regions", {Action.UPDATE: 2, Action.REPLACE: 1}),
        ("AWS eu-west-1", {Action.UPDATE: 1}),
        ("AWS us-east-2", {Action.UPDATE: 2, Action.REPLACE: 6}),
        ("Azure northeurope", {Action.DELETE: 10}),
        ("GCP us-central1", {Action.UPDATE: 2}),
    ]


def test_every_resource_of_a_landing_is_in_its_region_though_most_name_none() -> None:
    preview = recorded("first-dev")
    where = places(preview.resources)
    for resource in preview.resources:
        for region in ("aws-us-east-2", "azure-eastus2"):
            if region in resource.name:
                assert where[resource.urn].key == region, resource.name


def test_a_region_whose_name_begins_like_another_is_told_apart() -> None:
    preview = preview_of(
        step("create", NETWORK, "gw-azure-eastus", after={"region": "eastus"}),
        step("create", NETWORK, "gw-azure-eastus2", after={"region": "eastus2"}),
        step("create", ATTACHMENT, "gw-azure-eastus2-attachment", after={}),
        step("create", ATTACHMENT, "gw-azure-eastus-attachment", after={}),
    )
    where = {one.name: places(preview.resources)[one.urn].region for one in preview.resources}
    assert where["gw-azure-eastus2-attachment"] == "eastus2"
    assert where["gw-azure-eastus-attachment"] == "eastus"


def test_each_end_of_a_link_between_regions_is_in_its_own_cloud() -> None:
    ends = "gw-fabric-aws-us-east-2-gcp-us-central1"
    preview = preview_of(
        step("create", NETWORK, "gw-aws-us-east-2", after={"region": "us-east-2"}),
        step("create", NETWORK, "gw-gcp-us-central1", after={"region": "us-central1"}),
        step("create", "aws:ec2/vpnConnection:VpnConnection", f"{ends}-vpn-0", after={}),
        step("create", "gcp:compute/vPNTunnel:VPNTunnel", f"{ends}-tunnel-0", after={}),
        step("create", "pulumi-python:dynamic/x:Key", f"{ends}-0-key", after={}),
    )
    where = {one.name: places(preview.resources)[one.urn].key for one in preview.resources}
    assert where[f"{ends}-vpn-0"] == "aws-us-east-2"
    assert where[f"{ends}-tunnel-0"] == "gcp-us-central1"
    assert where[f"{ends}-0-key"] == "aws-us-east-2"


def test_named_values_are_shown_and_of_all_others_only_the_name() -> None:
    by_name = {
        change.resource.name: change.differences
        for group in groups(recorded("change-prod"))
        for change in group.changes
    }
    assert by_name["gateway-prod-aws-us-east-2"] == (
        "cidr_block: 10.72.0.0/20 → 10.72.32.0/20, which forces the replacement",
        "name",
    )
    assert by_name["gateway-prod-cache"] == (
        "tier: xlarge → 2xlarge",
        "owner: not known before up, which forces the replacement",
    )
    assert by_name["gateway-prod-aws-eu-west-1-vpc"] == ("tags",)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("10.0.0.0/20", "10.0.0.0/20"),
        (12.0, "12"),
        (None, "none"),
        ([], "none"),
        (["a", "b"], "a, b"),
        ({"addressPrefixes": ["10.0.0.0/16"]}, "10.0.0.0/16"),
        ("[secret]", "(not shown)"),
        ("<script>", "(not shown)"),
        ("x" * 81, "(not shown)"),
    ],
)
def test_a_shown_value_is_short_and_harmless(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_new_environment_interrupts_nothing() -> None:
    assert interruptions(recorded("first-dev")) == []
    assert interruptions(recorded("same-prod")) == []


def test_a_replaced_network_means_new_addresses_while_the_old_one_serves() -> None:
    (what,) = said(recorded("change-prod"), "gateway-prod-aws-us-east-2")
    assert "new addresses" in what
    assert "30 to 40 minutes" in what
    assert "The old network serves until the new one is ready" in what


def test_a_network_that_goes_first_leaves_its_region_without() -> None:
    preview = preview_of(
        step("delete-replaced", NETWORK, "n", {"region": "us-east-2"}),
        step("create-replacement", NETWORK, "n", {"region": "us-east-2"}, {"region": "us-east-2"}),
    )
    assert "does not serve for that time" in only(preview).what


def test_a_link_on_a_replaced_network_is_certain_though_its_new_id_is_unknown() -> None:
    found = {one.resource.name: one for one in interruptions(recorded("change-prod"))}
    attachment = found["gateway-prod-aws-us-east-2-attachment"]
    assert attachment.resource.undecided() == ["network_id"]
    assert attachment.certain
    assert "The old link stays until the new one has both its sides" in attachment.what


def test_a_cache_that_is_replaced_for_an_unknown_owner_may_not_be() -> None:
    preview = recorded("change-prod")
    found = [one for one in interruptions(preview) if one.resource.name == "gateway-prod-cache"]
    assert [one.certain for one in found] == [False, False]
    assert "rate limits count from zero" in found[0].what
    assert found[1].what.startswith("If it is not created again: the cache grows from xlarge to ")


def test_a_cache_grows_with_interruptions_of_seconds() -> None:
    found = only(preview_of(step("update", ADDON, "c", tier("small"), tier("large"))))
    assert found.what == (
        "The cache grows from small to large: it stays online and keeps its data, with "
        "interruptions of seconds."
    )
    assert found.source_url.endswith("/managed-cache/")


def test_a_cache_cannot_shrink_and_is_made_anew() -> None:
    events = step("replace", ADDON, "c", tier("large"), tier("small"), keys=["config"])
    assert only(preview_of(events)).what.startswith("A tier cannot be lowered (large → small).")


def test_a_configuration_says_version_access_and_regions() -> None:
    assert said(recorded("change-prod"), "gateway-prod-configuration") == [
        "Gateway version 3.13 → 3.14: data planes are replaced one after the other, without "
        "downtime.",
        "Listeners change from private to private+public: who may reach the gateways changes with "
        "them.",
        "No longer serves in azure northeurope: its data planes are deleted.",
        "The data planes of aws us-east-2 move to another network, with new addresses.",
    ]


def test_data_planes_listed_in_another_order_interrupt_nothing() -> None:
    one = {"provider": "aws", "region": "us-east-2", "cloud_gateway_network_id": "1"}
    two = {"provider": "gcp", "region": "us-east1", "cloud_gateway_network_id": "2"}
    before, after = {"dataplane_groups": [one, two]}, {"dataplane_groups": [two, one]}
    assert interruptions(preview_of(step("update", CONFIGURATION, "c", before, after))) == []


def test_what_is_protected_is_refused_and_what_loses_protection_is_told() -> None:
    refused = recorded("refused-prod")
    for name in ("gateway-prod-aws-us-east-2", "gateway-prod-azure-northeurope"):
        assert any("Refused while it is protected" in what for what in said(refused, name))
    lifted = said(recorded("change-prod"), "gateway-prod-control-plane")
    assert lifted == ["Loses its protection: a later change may delete it."]


@pytest.mark.parametrize(
    ("op", "resource_type", "words"),
    [
        ("delete", NETWORK, "gone for good"),
        ("replace", PLANE, "services, routes, plugins and credentials go"),
        ("delete", PLANE, "services, routes, plugins and credentials go"),
        ("delete", CONFIGURATION, "none of its regions serves"),
        ("delete", ADDON, "rate limits count per data plane"),
        ("delete", ATTACHMENT, "The link is deleted"),
        ("replace", "aws:ec2/vpc:Vpc", "The VPC is created again"),
        ("delete", "aws:ec2transitgateway/transitGateway:TransitGateway", "The Transit Gateway is"),
        ("replace", "azure-native:network:VirtualNetwork", "The VNet is created again"),
        ("delete", "gcp:compute/network:Network", "The network is deleted"),
        ("replace", "gcp:compute/networkPeering:NetworkPeering", "Our side of the link"),
        ("delete", "azure-native:authorization:RoleAssignment", "Our side of the link"),
        ("replace", "gcp:redis/instance:Instance", "What the Redis held is lost"),
        ("delete", f"{KONNECT}CloudGatewayCustomDomain", "The domain is not served"),
        ("replace", "gcp:compute/vPNTunnel:VPNTunnel", "This connection of two hubs is created"),
        ("delete", "aws:ec2/vpnConnection:VpnConnection", "This connection of two hubs is deleted"),
        ("replace", "azure-native:network:VpnGateway", "The VPN gateway is created again"),
        ("replace", "aws:networkfirewall/firewall:Firewall", "what is led to it does not arrive"),
    ],
)
def test_what_is_replaced_or_deleted_says_what_stops(
    op: str, resource_type: str, words: str
) -> None:
    inputs: Mapping[str, Any] = {"region": "us-east-2"}
    after = None if op == "delete" else inputs
    assert words in only(preview_of(step(op, resource_type, "x", inputs, after))).what


def test_a_redis_that_grows_resets_connections() -> None:
    token = "gcp:redis/instance:Instance"
    preview = preview_of(step("update", token, "r", {"memorySizeGb": 1}, {"memorySizeGb": 3}))
    assert "connections are reset" in only(preview).what


def test_ordinary_changes_interrupt_nothing() -> None:
    preview = preview_of(
        step("update", NETWORK, "n", {"name": "a"}, {"name": "b"}),
        step("update", PLANE, "p", {"labels": {}}, {"labels": {"a": "b"}}),
        step("update", f"{KONNECT}GatewayPlugin", "x", {"config": {}}, {"config": {"a": UNKNOWN}}),
        step("delete", f"{KONNECT}GatewayTarget", "t", {}),
    )
    assert interruptions(preview) == []
