"""A region that is cut off and taken back, in all clouds at once, through the real engine."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.integration.conftest import World
from tests.integration.test_environments import leaves_nothing

Settings = dict[str, Any]
State = dict[str, dict[str, dict[str, Any]]]

FIREWALL = "gcp:compute/firewall:Firewall"
SECURITY_RULE = "azure-native:network:SecurityRule"
GATEWAYS = {"aws": "10.68.0.0/20", "azure": "10.84.0.0/20", "gcp": "10.104.0.0/20"}
"""The blocks of the gateway networks."""
ISOLATED = {
    "create aws:ec2/networkAclRule:NetworkAclRule": 2,
    "create aws:ec2transitgateway/route:Route": 1,
    "update aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 1,
    "create azure-native:network:RouteTable": 1,
    "create azure-native:network:SecurityRule": 1,
    "update azure-native:network:SecurityRule": 1,
    "update azure-native:network:Subnet": 1,
    "create gcp:compute/firewall:Firewall": 2,
    "update gcp:compute/firewall:Firewall": 1,
}
"""What a preview changes when a region of each cloud is isolated."""
RESTORED = {change.replace("create", "delete", 1): count for change, count in ISOLATED.items()}


def isolate(settings: Settings) -> None:
    """Every region is isolated."""
    for region in settings["regions"]:
        region["isolated"] = True


def restore(settings: Settings) -> None:
    """No region is isolated."""
    for region in settings["regions"]:
        del region["isolated"]


def without_names(settings: Settings) -> None:
    """Gateways under their own names only."""
    for key in ("zones", "domains", "entry"):
        settings.pop(key, None)


def planned(world: World, stack: str = "staging") -> Counter[str]:
    """What a preview changes in the clouds and in Konnect, by operation and type."""
    preview = json.loads(world.project.ok("preview", "--stack", stack, "--json"))
    kinds = [(step["op"], step["urn"].split("::")[2].split("$")[-1]) for step in preview["steps"]]
    return Counter(
        f"{operation} {kind}"
        for operation, kind in kinds
        if operation != "same" and not kind.startswith("multicloudgateway:")
    )


def objects(state: State, cloud: str, kind: str) -> list[dict[str, Any]]:
    """The objects of a type."""
    return list(state[cloud].get(kind, {}).values())


def clouds(state: State) -> Any:
    """The objects of the clouds, without the counter of their versions."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items() if key != "etag"}
        return [plain(inner) for inner in value] if isinstance(value, list) else value

    return {cloud: plain(kinds) for cloud, kinds in state.items() if cloud != "konnect"}


def calls(world: World, cloud: str) -> list[str]:
    """The requests to create, update or delete an object of a cloud: verb and type.

    A preview makes the first two as well, so only the last ones are of an update.
    """
    log = world.sandbox.requests(cloud)
    changes = [one for one in log if one["method"] in ("Create", "Update", "Delete")]
    return [f"{one['method']} {one['target'].split()[0]}" for one in changes]


def last(call: str, log: list[str]) -> int:
    """The place of the last such request."""
    return len(log) - 1 - log[::-1].index(call)


def denied_before_closed(world: World) -> bool:
    """Whether the rules that deny were there before a rule that let the gateway in was updated."""
    aws, azure, gcp = (calls(world, cloud) for cloud in ("aws", "azure", "gcp"))
    closed = "Update aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    return (
        last("Create aws:ec2/networkAclRule:NetworkAclRule", aws) < last(closed, aws)
        and last(f"Create {SECURITY_RULE}", azure) < last(f"Update {SECURITY_RULE}", azure)
        and last("Update azure-native:network:Subnet", azure)
        < last(f"Update {SECURITY_RULE}", azure)
        and last(f"Create {FIREWALL}", gcp) < last(f"Update {FIREWALL}", gcp)
    )


def cut_off_in_aws(state: State) -> bool:
    """The hub drops what is for the gateway, the network ACL denies it, and nobody is let in."""
    block = GATEWAYS["aws"]
    (route,) = objects(state, "aws", "aws:ec2transitgateway/route:Route")
    denied = objects(state, "aws", "aws:ec2/networkAclRule:NetworkAclRule")
    (rule,) = objects(state, "aws", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    (vpc,) = objects(state, "aws", "aws:ec2/vpc:Vpc")
    return (
        (route["destinationCidrBlock"], route["blackhole"]) == (block, True)
        and {(one["egress"], one["ruleAction"], one["cidrBlock"]) for one in denied}
        == {(False, "deny", block), (True, "deny", block)}
        and {(one["networkAclId"], one["ruleNumber"]) for one in denied}
        == {(vpc["defaultNetworkAclId"], 1)}
        and rule["cidrIpv4"] == "127.0.0.1/32"
    )


def cut_off_in_azure(state: State) -> bool:
    """All rules about the gateway deny it, and the subnet sends it nothing."""
    block = GATEWAYS["azure"]
    rules = objects(state, "azure", "azure-native:network:SecurityRule")
    ((table_id, table),) = state["azure"]["azure-native:network:RouteTable"].items()
    (subnet,) = objects(state, "azure", "azure-native:network:Subnet")
    (route,) = table["routes"]
    return (
        {(one["direction"], one["access"]) for one in rules}
        == {("Inbound", "Deny"), ("Outbound", "Deny")}
        and subnet["routeTable"]["id"] == table_id
        and (route["addressPrefix"], route["nextHopType"]) == (block, "None")
    )


def cut_off_in_gcp(state: State) -> bool:
    """The first rules deny the gateway both ways, and the rule that lets it in is disabled."""
    block = [GATEWAYS["gcp"]]
    rules = objects(state, "gcp", "gcp:compute/firewall:Firewall")
    denied = [one for one in rules if one.get("denies")]
    # Those with tags let the gateway in to the forwarders of its Redis; the first rules deny that.
    allowed = [one for one in rules if one.get("allows") and not one.get("targetTags")]
    return (
        {(one["direction"], one["priority"]) for one in denied} == {("INGRESS", 0), ("EGRESS", 0)}
        and all(block in (one.get("sourceRanges"), one.get("destinationRanges")) for one in denied)
        and [one["disabled"] for one in allowed] == [True]
    )


def test_isolation_cuts_regions_off_in_place_and_is_taken_back(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    world.settings("staging", without_names)
    world.init("staging")
    world.settings("staging", isolate)
    refused = world.run("preview", "--stack", "staging")
    assert refused.code != 0
    assert "isolates aws-us-east-2, and Konnect has no network of it" in refused.output
    world.settings("staging", restore)
    world.up("staging")
    before, outputs = world.sandbox.state(), world.outputs("staging")

    world.settings("staging", isolate)
    assert planned(world) == ISOLATED
    world.up("staging")
    state = world.sandbox.state()
    assert cut_off_in_aws(state), state["aws"]
    assert cut_off_in_azure(state), state["azure"]
    assert cut_off_in_gcp(state), state["gcp"]
    assert denied_before_closed(world)
    assert state["konnect"].keys() == before["konnect"].keys()
    assert world.outputs("staging") == outputs
    world.project.ok("preview", "--stack", "staging", "--expect-no-changes")

    world.settings("staging", restore)
    assert planned(world) == RESTORED
    world.up("staging")
    assert clouds(world.sandbox.state()) == clouds(before)
    opened = "Update aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    log = calls(world, "aws")
    assert last(opened, log) < log.index("Delete aws:ec2/networkAclRule:NetworkAclRule")
    world.project.ok("preview", "--stack", "staging", "--expect-no-changes")

    # It is an emergency: Konnect may show none of it as ready.
    for kind in ("networks", "transit-gateways", "data-plane-groups"):
        ids = list(world.sandbox.konnect(kind))
        assert len(ids) == 3
        for id_ in ids:
            world.sandbox.admin("POST", f"fail/{kind}/{id_}", json={"reason": "under attack"})
    world.settings("staging", isolate)
    assert planned(world) == ISOLATED
    world.up("staging")
    assert cut_off_in_aws(world.sandbox.state())
    assert world.outputs("staging")["regions"]["gcp-us-central1"]["attachment"]["state"] == "error"

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "staging")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)


ORDERS = {"domain_name": "orders.acme.internal", "ip_address": "10.65.32.20"}
STOCK = {"domain_name": "stock.acme.internal", "ip_address": "10.66.0.20"}


def with_other_links_and_names(settings: Settings) -> None:
    """Links of all other kinds, a name for both regions, and one for the region in AWS."""
    aws, azure = settings["regions"]
    aws["links"] = {
        "vpc-peering": {},
        "resource-endpoint": {"resources": {"orders": ORDERS, "stock": STOCK}},
    }
    azure["links"] = {"virtual-hub": {"address_prefix": "10.82.0.0/23"}}
    settings["zones"] = {"dev.example.com": {"service": "route53", "create": True}}
    settings["domains"] = {"api.dev.example.com": {}}
    settings["entry"] = {"strategy": "geo", "name": "api.dev.example.com"}


def test_other_links_are_cut_off_too_and_a_name_leads_elsewhere(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    world.settings("dev", with_other_links_and_names)
    world.init("dev")
    world.up("dev")
    before = world.sandbox.state()
    (route,) = objects(before, "aws", "aws:ec2/route:Route")

    world.settings("dev", isolate)
    world.settings("dev", lambda settings: settings["regions"][1].pop("isolated"))
    assert planned(world, "dev") == {
        "create aws:ec2/networkAclRule:NetworkAclRule": 2,
        "update aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 1,
        "update aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 2,
        "update aws:route53/healthCheck:HealthCheck": 1,
        "delete aws:ec2/route:Route": 1,
    }
    world.settings("dev", isolate)
    world.up("dev")
    state = world.sandbox.state()
    assert route["destinationCidrBlock"] == "10.64.0.0/20"
    assert not objects(state, "aws", "aws:ec2/route:Route")
    out = objects(state, "aws", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert {one["cidrIpv4"] for one in out} == {"127.0.0.1/32", "127.0.0.2/32"}
    rules = objects(state, "azure", SECURITY_RULE)
    assert {one["access"] for one in rules} == {"Deny"}
    assert not objects(state, "aws", "aws:route53/healthCheck:HealthCheck"), "no region is left"
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")

    world.settings("dev", restore)
    world.up("dev")
    restored = world.sandbox.state()
    for kind in (
        "aws:ec2/route:Route",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    ):
        assert restored["aws"][kind] == before["aws"][kind]
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)
