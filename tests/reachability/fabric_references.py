"""References of a fabric's resources led elsewhere, one at a time: a wrong table, hub, attachment,
gateway or router.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from reachability.records import Record
from tests.reachability.fabric_mutation import LIST, Mutation, mutable, oracle
from tests.reachability.fabric_oracle import Call, Oracle
from tests.reachability.fabrics import Fabric

Kind = tuple[str, str, str]
"""The type of a resource, its property, and the type that it refers to. ``*`` is any."""
_NOT_TRIED: Final[Mapping[Kind, str]] = {
    ("*", "resourceGroupName", "*"): (
        "Azure refuses a child in another group than its parent's, so nothing changes; and what "
        "is no child works the same in any group"
    ),
    ("RoleDefinition", "roleDefinitionId", "*"): "a name that is made from an id",
    ("RoleAssignment", "roleAssignmentName", "*"): "a name that is made from an id",
    ("RoleDefinition", "scope", "*"): "assignableScopes says where the role is valid, and is tried",
    ("PeeringAttachment", "peerAccountId", "*"): "the number of an account, which both hubs have",
    ("Route", "transitGatewayId", "VpcAttachment"): "the order of creation: the value is the hub's",
}
"""References that decide nothing about packets, and why."""
_NOTHING: Final[Mapping[Kind, str]] = {
    ("HubVirtualNetworkConnection", "virtualHubName", "VirtualHub"): (
        "a VNet may be connected to any hub of its virtual WAN"
    ),
    ("CloudGatewayTransitGateway", "transit_gateway_attachment_config", "VirtualHub"): (
        "so may a gateway's VNet, and Kong has its role on each hub"
    ),
}
"""References after whose change nothing is lost, and why."""
_MORE: Final[Mapping[Kind, str]] = {
    ("CloudGatewayTransitGateway", "network_id", "*"): "the other gateway has both links' routes",
    ("Route", "routeTableId", "*"): "the other table has two routes to the block",
    ("PrefixListReference", "transitGatewayRouteTableId", "*"): "it replaces routes there",
    ("PrefixListReference", "prefixListId", "*"): "the other list's blocks are led astray",
    ("SecurityRule", "networkSecurityGroupName", "*"): "a denial stops the hosts there",
    ("VpcAttachment", "vpcId", "*"): "the VPC is attached to two hubs",
}
"""References whose change stops what depends on the resource, and other calls too, and why."""
_LESS: Final[Mapping[Kind, str]] = {
    ("Subnetwork", "network", "*"): "hosts are then in the other network, which some may reach",
    ("Spoke", "linkedVpnTunnels", "VPNTunnel"): (
        "the other tunnels transfer data; only ranges that a router announces over all are lost"
    ),
}
"""References whose change stops only some of what depends on the resource, and why."""


def led_elsewhere(fabric: Fabric) -> Iterator[Mutation]:
    """Each reference led to another resource of the same type, at another hub if there is one."""
    asked, by_urn = oracle(fabric), {one.urn: one for one in fabric.resources()}
    for one in mutable(fabric):
        for name, urns in one.dependencies.items():
            if name.startswith("__"):
                continue
            for old in (by_urn[urn] for urn in urns if urn in by_urn):
                new = _elsewhere(fabric, old)
                if new is None or _is_of(_NOT_TRIED, one, name, old):
                    continue
                wrong = _led(one, name, old, new)
                rest = [wrong if other is one else other for other in fabric.resources()]
                due = _due(asked, one, name, old, new)
                yield Mutation(
                    f"{name} led to {new.name}:",
                    one,
                    rest,
                    due,
                    more=_is_of(_MORE, one, name, old),
                    less=_is_of(_LESS, one, name, old),
                )


def _is_of(kinds: Mapping[Kind, str], one: Record, name: str, old: Record) -> bool:
    own, other = (record.type.rpartition(":")[2] for record in (one, old))
    return any(
        given in ("*", own) and path == name and type_ in ("*", other)
        for given, path, type_ in kinds
    )


def _due(asked: Oracle, one: Record, name: str, old: Record, new: Record) -> set[Call]:
    """The calls that do not work after it."""
    if _is_of(_NOTHING, one, name, old) and "routingConfiguration" not in one.properties:
        return set()
    if old.type == LIST:
        return asked.depending_on_list(one, old, new)
    if old.type == "aws:ec2/subnet:Subnet" and name == "subnetIds":
        return asked.depending(old)  # The other zones of an attachment still work.
    return asked.depending(one)


def _elsewhere(fabric: Fabric, old: Record) -> Record | None:
    """A resource of the same type at another hub; with the same ending of its name, if any."""
    here = _hub_in(fabric, old)
    others = [one for one in fabric.resources() if one.type == old.type and one is not old]
    same = [one for one in others if _hub_in(fabric, one) not in ("", here)] or others
    ending = old.name.rpartition("-")[2]
    return next((one for one in same if one.name.endswith(ending)), next(iter(same), None))


def _hub_in(fabric: Fabric, record: Record) -> str:
    return next((hub for hub in fabric.plan.hubs if f"{hub}-" in f"{record.name}-"), "")


def _led(record: Record, name: str, old: Record, new: Record) -> Record:
    urns = [new.urn if urn == old.urn else urn for urn in record.dependencies[name]]
    return replace(
        record,
        properties={**record.properties, name: _renamed(record.properties.get(name), old, new)},
        dependencies={**record.dependencies, name: urns},
    )


def _renamed(value: Any, old: Record, new: Record) -> Any:
    """A value with the id, ARN or name of another resource. Most contain the logical name."""
    if isinstance(value, Mapping):
        return {key: _renamed(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, old, new) for item in value]
    if not isinstance(value, str):
        return value
    if value == old.properties.get("name"):
        return new.properties.get("name")
    return value.replace(old.name, new.name)
