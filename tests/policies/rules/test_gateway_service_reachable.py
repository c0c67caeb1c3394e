"""Whether the services that an environment declares are reached, as the engine shows resources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from policies import types
from policies.rules.gateway_service_reachable import policy
from reachability.answer import RESULTS
from tests.policies.runner import UNKNOWN, Resource, resource, run

PEERING = {
    "kind": "azure-vnet-peering-attachment",
    "vnet_name": UNKNOWN,
}
ORDERS = {"cloud": "azure", "region": "eastus2", "address": "10.81.0.10", "port": 443}


def stack(
    *without: str, services: Mapping[str, Any] | None = None, **changed: Any
) -> list[Resource]:
    """A gateway in Azure that is peered with a VNet. ``changed`` are the properties of its rule."""
    rule = {
        "access": "Allow",
        "direction": "Inbound",
        "priority": 100,
        "protocol": "Tcp",
        "sourceAddressPrefix": "10.80.0.0/20",
        "destinationAddressPrefix": "*",
        "destinationPortRanges": ["443"],
        **changed,
    }
    denial = {
        **rule,
        "access": "Deny",
        "priority": 101,
        "sourceAddressPrefix": "10.80.0.0/20",
        "destinationPortRanges": ["*"],
    }
    listed = [
        resource(types.GATEWAY, "gateway", {"services": services or {"orders": ORDERS}}),
        resource(types.NETWORK, "kong", {"cidr_block": "10.80.0.0/20", "region": "eastus2"}),
        resource(
            types.AZURE_VIRTUAL_NETWORK,
            "vnet",
            {"addressSpace": {"addressPrefixes": ["10.81.0.0/16"]}},
        ),
        resource(types.AZURE_SECURITY_GROUP, "nsg", {}),
        resource(
            types.AZURE_SECURITY_RULE,
            "from-gateway",
            rule,
            dependencies={"networkSecurityGroupName": ["nsg"]},
        ),
        resource(
            types.AZURE_SECURITY_RULE,
            "not-from-gateway",
            denial,
            dependencies={"networkSecurityGroupName": ["nsg"]},
        ),
        resource(
            "azure-native:network:Subnet",
            "workload",
            {"addressPrefix": "10.81.0.0/17", "networkSecurityGroup": {"id": UNKNOWN}},
            dependencies={"virtualNetworkName": ["vnet"], "networkSecurityGroup": ["nsg"]},
        ),
        resource(
            types.ATTACHMENT,
            "peering",
            {"network_id": UNKNOWN, "transit_gateway_attachment_config": PEERING},
            dependencies={"network_id": ["kong"], "transit_gateway_attachment_config": ["vnet"]},
        ),
    ]
    return [one for one in listed if one.name not in without]


def test_a_service_that_is_reached_is_compliant() -> None:
    outcome = run(policy, stack())
    assert outcome.violations == []
    assert outcome.unknown is None


def test_an_environment_without_services_is_compliant() -> None:
    listed = [one for one in stack("peering") if one.type != types.GATEWAY]
    assert run(policy, [resource(types.GATEWAY, "gateway", {}), *listed]).violations == []
    assert run(policy, listed).violations == []


def test_a_violation_names_the_service_the_gateway_the_hop_and_the_remedy() -> None:
    outcome = run(policy, stack("from-gateway"))
    assert outcome.names == ["gateway"]
    assert outcome.messages == (
        "service orders (10.81.0.10:443): gateway azure-eastus2 does not reach it: the request "
        "stops at SecurityRule not-from-gateway: the rule denies tcp from 10.80.0.4 to workload on "
        "port 443; put a rule that allows before it, or delete it"
    )


@pytest.mark.parametrize("missing", ["peering", "workload", "vnet"])
def test_a_missing_resource_on_the_way_is_a_violation(missing: str) -> None:
    # The engine refuses dependencies on a resource that is not there.
    dependants = ("workload", "peering") if missing == "vnet" else ()
    listed = stack(missing, *dependants)
    assert run(policy, listed).names == ["gateway"]


def test_a_gateway_that_does_not_exist_is_a_violation() -> None:
    services = {"orders": {**ORDERS, "gateways": ["aws-us-east-2"]}}
    assert "there is no gateway aws-us-east-2" in run(policy, stack(services=services)).messages


def test_an_unknown_block_is_told_and_up_decides() -> None:
    outcome = run(policy, stack(sourceAddressPrefix=UNKNOWN))
    assert outcome.violations == []
    assert "from-gateway .sourceAddressPrefix" in str(outcome.unknown)


def test_an_unknown_value_that_no_way_depends_on_changes_nothing() -> None:
    elsewhere = resource("aws:ec2/vpc:Vpc", "vpc", {"cidrBlock": UNKNOWN})
    outcome = run(policy, [*stack("from-gateway"), elsewhere])
    assert outcome.names == ["gateway"]
    assert outcome.unknown is None


def test_an_excepted_gateway_is_not_checked() -> None:
    exception = {"resource": "gateway", "reason": "the network team adds the rule tomorrow"}
    assert run(policy, stack("from-gateway"), {"exceptions": [exception]}).violations == []


def test_a_cloud_with_networking_that_the_walk_does_not_read_is_not_refused() -> None:
    appliance = "azure-native:network:VirtualNetworkGateway"
    assert run(policy, [*stack("from-gateway"), resource(appliance, "vpn", {})]).violations == []
    elsewhere = resource("aws:ec2/vpnConnection:VpnConnection", "vpn", {})
    assert run(policy, [*stack("from-gateway"), elsewhere]).names == ["gateway"]


def test_an_isolated_gateway_is_not_refused() -> None:
    props = {"services": {"orders": ORDERS}, "isolated_regions": ["azure-eastus2"]}
    others = [one for one in stack("from-gateway") if one.type != types.GATEWAY]
    assert run(policy, [resource(types.GATEWAY, "gateway", props), *others]).violations == []


def test_the_results_of_all_walks_are_written_for_the_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "reachability.json"
    monkeypatch.setenv(RESULTS, str(file))
    run(policy, stack())
    walked = json.loads(file.read_text())["walked"]
    assert walked == [["orders (10.81.0.10:443)", "azure-eastus2", "reached"]]
    run(policy, stack(destinationPortRanges=["80"]))
    ((service, gateway, result),) = json.loads(file.read_text())["walked"]
    assert (service, gateway) == ("orders (10.81.0.10:443)", "azure-eastus2")
    assert result.startswith("the request stops at SecurityRule")


def test_where_unknown_ids_will_come_from_is_written_for_the_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "reachability.json"
    monkeypatch.setenv(RESULTS, str(file))
    listed = [one for one in stack() if one.type != types.GATEWAY]
    run(policy, [resource(types.GATEWAY, "gateway", {}), *listed])
    written = json.loads(file.read_text())
    assert written["walked"] == []
    by_name = {urn.rpartition("::")[2]: one for urn, one in written["dependencies"].items()}
    assert {name: urns[0].rpartition("::")[2] for name, urns in by_name["workload"].items()} == {
        "virtualNetworkName": "vnet",
        "networkSecurityGroup": "nsg",
    }
    assert "vnet" not in by_name
