"""Reads VNets, their peerings, security groups and route tables of Azure. Hubs: `azure_hubs`.

Kong creates both sides of a peering, and its own connection to a hub, by a role. So the role and
its assignment are conditions of the link. Sources: Microsoft, "Network security groups" (default
rules, priorities), "Virtual network traffic routing" (which route is used), "Virtual network
peering" (not transitive).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from reachability import konnect
from reachability.elements import Condition, Element
from reachability.filters import ANY, Direction, Filter, Rule
from reachability.graph import Drop, Network, Peering, Route, Subnet, Unseen
from reachability.konnect import CONFIG, KonnectAttachment
from reachability.parts import (
    Parts,
    block,
    blocks,
    element,
    exists,
    foreign_network,
    port_ranges,
    protocol,
)
from reachability.records import Record, Records

VNET: Final = "azure-native:network:VirtualNetwork"
SUBNET: Final = "azure-native:network:Subnet"
GROUP: Final = "azure-native:network:NetworkSecurityGroup"
RULE: Final = "azure-native:network:SecurityRule"
TABLE: Final = "azure-native:network:RouteTable"
ROUTE: Final = "azure-native:network:Route"
HUB: Final = "azure-native:network:VirtualHub"
CONNECTION: Final = "azure-native:network:HubVirtualNetworkConnection"
RESOURCE_GROUP: Final = "azure-native:resources:ResourceGroup"
ASSIGNMENT: Final = "azure-native:authorization:RoleAssignment"
ROLE: Final = "azure-native:authorization:RoleDefinition"

_PEERING_ACTION: Final = "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write"
_NOWHERE: Final = frozenset({"azureloadbalancer", "internet", "gatewaymanager"})
"""Service tags without private addresses of networks."""
_DEFAULT_PRIORITY: Final = 65000


def read_networks(parts: Parts) -> None:
    """Add the VNets with their subnets, security groups and route tables."""
    records = parts.records
    for vnet in records.of(VNET):
        parts.networks[vnet.urn] = Network(
            vnet.urn,
            element(vnet),
            "azure",
            blocks(vnet.values("addressSpace.addressPrefixes.*")),
            tuple(
                _subnet(records, one)
                for one in records.of(SUBNET)
                if parent(records, one, "virtualNetworkName", VNET) == vnet
            ),
        )


def parent(records: Records, child: Record, path: str, type_: str) -> Record | None:
    """The resource that a child names. Outputs lack the name; the child's id contains it."""
    found = records.targets(child, path, type_)
    if len(found) == 1:
        return found[0]
    name = child.text(path)
    named = [one for one in records.of(type_) if name and name in _names(one)]
    if len(named) == 1:
        return named[0]
    above = (child.id or child.text("id") or "").rsplit("/", 2)[0].lower()
    return next((one for one in records.of(type_) if one.id and one.id.lower() == above), None)


def _names(record: Record) -> set[str | None]:
    kind = record.type.rpartition(":")[2]
    return {record.text("name"), record.text(kind[:1].lower() + kind[1:] + "Name")}


def _subnet(records: Records, subnet: Record) -> Subnet:
    table = records.target(subnet, "routeTable.id", TABLE)
    group = records.target(subnet, "networkSecurityGroup.id", GROUP)
    return Subnet(
        element(subnet),
        block(subnet.text("addressPrefix")) or ANY,
        () if table is None else tuple(_routes(records, table)),
        None if table is None else element(table),
        () if group is None else (security_group(records, group),),
    )


def _routes(records: Records, table: Record) -> Iterator[Route]:
    inline = [(element(table), route) for route in table.values("routes.*")]
    own = [
        (element(one), one.properties)
        for one in records.of(ROUTE)
        if parent(records, one, "routeTableName", TABLE) == table
    ]
    for at, route in (*inline, *own):
        prefix = block(str(route.get("addressPrefix")))
        kind = str(route.get("nextHopType"))
        if prefix is not None and kind != "VnetLocal":
            yield Route(at, prefix, Drop.DROP if kind in ("None", "Internet") else Unseen.UNSEEN)


def security_group(records: Records, group: Record) -> Filter:
    """A network security group with Azure's default rules."""
    at = element(group)
    rules = [_rule(at, one) for one in group.values("securityRules.*")]
    rules += [
        _rule(element(one), one.properties)
        for one in records.of(RULE)
        if parent(records, one, "networkSecurityGroupName", GROUP) == group
    ]
    # AllowVnetInBound and AllowVnetOutBound: all networks that are peered or on the hub too.
    rules += [Rule(at, way, True, _DEFAULT_PRIORITY) for way in Direction]
    none = {Direction.IN: False, Direction.OUT: False}
    return Filter(at, group.urn, True, tuple(rules), none, RULE)


def _rule(at: Element, rule: Mapping[str, Any]) -> Rule:
    inbound = str(rule.get("direction", "Inbound")).lower() == "inbound"
    sources = _prefixes(rule, "sourceAddressPrefix")
    destinations = _prefixes(rule, "destinationAddressPrefix")
    ports = [*(rule.get("destinationPortRanges") or ()), rule.get("destinationPortRange")]
    allows = str(rule.get("access", "Allow")).lower() == "allow"
    local = destinations if inbound else sources
    end = "destination" if inbound else "source"
    if allows and not local and rule.get(f"{end}ApplicationSecurityGroups"):
        local = (ANY,)  # Which hosts are in such a group is not in the stack.
    return Rule(
        at,
        Direction.IN if inbound else Direction.OUT,
        allows,
        int(float(rule.get("priority") or 0)),
        protocol(rule.get("protocol", "*")),
        port_ranges(one for one in ports if one is not None),
        sources if inbound else destinations,
        local,
    )


def _prefixes(rule: Mapping[str, Any], name: str) -> tuple[Any, ...]:
    texts = [str(one) for one in (*(rule.get(f"{name}es") or ()), rule.get(name)) if one]
    found: list[Any] = []
    for text in texts:
        if text == "*" or text.lower() == "virtualnetwork":
            found.append(ANY)
        elif text.lower() not in _NOWHERE:
            found += blocks([text])
    return tuple(found)


def read_links(parts: Parts) -> None:
    """Add VNet peerings."""
    for attachment in konnect.attachments(parts, "azure-vnet-peering-attachment"):
        _read_peering(parts, attachment)


def _read_peering(parts: Parts, attachment: KonnectAttachment) -> None:
    records, record = parts.records, attachment.record
    path = f"{CONFIG}.vnet_name"
    vnet = parent(records, record, path, VNET)
    if vnet is None and records.is_foreign(record, path, VNET):
        peer_with_foreign(parts, attachment)
    if vnet is not None:
        parts.peerings[record.urn] = Peering(
            record.urn,
            element(record),
            (attachment.gateway.key, vnet.urn),
            tuple(granted(records, record, vnet, _PEERING_ACTION)),
            automatic=True,
        )


def peer_with_foreign(parts: Parts, attachment: KonnectAttachment) -> None:
    """Peer the gateway with a VNet or hub of another stack, whose blocks are not known here."""
    record = attachment.record
    ends = (attachment.gateway.key, foreign_network(parts, record, "azure", [ANY]))
    parts.peerings[record.urn] = Peering(record.urn, element(record), ends, automatic=True)


def granted(
    records: Records, attachment: Record, scope: Record, action: str
) -> Iterable[Condition]:
    """The conditions that Kong has its role on a VNet or hub.

    Without any role in the stack, an administrator assigns it by hand.
    """
    roles = [one for one in records.of(ROLE) if _is_of(one, attachment)]
    assigned = [
        one for one in records.of(ASSIGNMENT) if scope in records.targets(one, "scope", scope.type)
    ]
    if not assigned and not roles:
        return ()
    if not assigned:
        problem = f"Kong's role is not assigned on {element(scope)}"
        remedy = "assign the role to Kong's service principal"
        return (exists(False, roles[0], ASSIGNMENT, problem, remedy),)
    checked = [tuple(_assignment(records, one, scope, action)) for one in assigned]
    return next((one for one in checked if all(each.met for each in one)), checked[0])


def _assignment(
    records: Records, assignment: Record, scope: Record, action: str
) -> Iterator[Condition]:
    """The conditions that an assignment gives an action on its scope."""
    role = records.target(assignment, "roleDefinitionId", ROLE)
    if role is None:
        foreign = records.is_foreign(assignment, "roleDefinitionId", ROLE)
        problem = "the role that it assigns is not defined"
        yield exists(foreign, assignment, ROLE, problem, "define the role")
        return
    group = records.target(scope, "resourceGroupName", RESOURCE_GROUP)
    scopes = records.targets(role, "assignableScopes.*", scope.type, RESOURCE_GROUP)
    yield Condition(
        not scopes or scope in scopes or group is None or group in scopes,
        element(assignment),
        f"{element(role)} cannot be assigned on {element(scope)}: it is for "
        + ", ".join(one.name for one in scopes),
        "assign a role whose assignableScopes contain it or its resource group",
    )
    yield Condition(
        action in role.values("permissions.*.actions.*"),
        element(role),
        f"it does not allow {action}",
        f"add the action {action}",
    )


def _is_of(role: Record, attachment: Record) -> bool:
    """Whether a role is for an attachment: both are children of one link."""
    same_parent = role.urn.rpartition("$")[0] == attachment.urn.rpartition("$")[0]
    return same_parent and attachment.name.startswith(f"{role.name.removesuffix('-role')}-")
