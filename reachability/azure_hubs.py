"""Reads virtual hubs of Azure: connections, route tables, the virtual WAN, firewalls and intent.

Each hub has a default table, with the label ``default``. A connection propagates to tables of its
hub by their ids, and by labels to tables of all hubs of the WAN. What comes from another hub goes
to the connection that has it. With routing intent the hub's firewall sees it first.

Sources: Microsoft, "About virtual hub routing" (association, propagation, labels), "Routing intent
and routing policies", "Azure Firewall rule processing logic"; REST, "Virtual Hubs: Get Outbound
Routes" (the AS path of another hub's routes).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any, Final

from reachability import azure_vpn, konnect
from reachability.azure import CONNECTION, HUB, VNET, granted, parent, peer_with_foreign
from reachability.elements import Condition
from reachability.filters import Direction, Filter, Rule
from reachability.graph import Attachment, Firewall, HubTable, Link, LinkEnd, Route
from reachability.konnect import CONFIG, KonnectAttachment
from reachability.parts import Parts, block, blocks, element, exists, port_ranges, protocol
from reachability.records import Record, Records

TABLE: Final = "azure-native:network:HubRouteTable"
WAN: Final = "azure-native:network:VirtualWan"
INTENT: Final = "azure-native:network:RoutingIntent"
FIREWALL: Final = "azure-native:network:AzureFirewall"
POLICY: Final = "azure-native:network:FirewallPolicy"
RULES: Final = "azure-native:network:FirewallPolicyRuleCollectionGroup"
_HUB_ACTION: Final = "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections/write"
_DEFAULT: Final = "default"
_PRIVATE: Final = tuple(
    IPv4Network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
"""What routing intent takes as private traffic."""
_OF_OTHER_HUBS: Final = (65520, 65520)
"""What routes of another hub have in their AS path, also where a VPN gateway announces them."""


@dataclass(frozen=True)
class _Connection:
    """A connection of a hub: the key of its attachment, and the tables that it propagates to."""

    key: str
    hub: str
    tables: frozenset[str]
    """Keys of tables of its own hub."""
    labels: frozenset[str]


def read_links(parts: Parts) -> None:
    """Add virtual hubs with their connections, tables, firewalls, tunnels, and the virtual WAN."""
    connections = list(_connections(parts))
    parts.halves += azure_vpn.halves(parts.records)
    connections += [
        _connection(parts.records, vpn, hub) for vpn, hub in azure_vpn.branches(parts.records)
    ]
    hubs = parts.records.of(HUB)
    labels = {_DEFAULT}.union(*(_labels(one) for one in parts.records.of(TABLE)))
    mesh = list(_mesh(parts.records, hubs, sorted(labels)))
    parts.links.update({one.key: one for one in mesh})
    for hub in hubs:
        own = [one for one in connections if one.hub == hub.urn]
        for table in _tables(parts.records, hub, own, mesh, labels):
            parts.tables[table.key] = table
    for intent in parts.records.of(INTENT):
        _read_intent(parts, intent)


def _connections(parts: Parts) -> Iterator[_Connection]:
    """The connections of VNets, and Kong's."""
    records = parts.records
    for connection in records.of(CONNECTION):
        hub = parent(records, connection, "virtualHubName", HUB)
        vnet = records.target(connection, "remoteVirtualNetwork.id", VNET)
        if hub is not None and vnet is not None:
            parts.attachments[connection.urn] = Attachment(
                connection.urn,
                element(connection),
                hub.urn,
                vnet.urn,
                (azure_vpn.routed_in(records, connection, hub),),
                table=_associated(records, connection, hub),
                automatic=True,
            )
            yield _connection(records, connection, hub)
    for attachment in konnect.attachments(parts, "azure-vhub-peering-attachment"):
        hub = _read_gateway(parts, attachment)
        if hub is not None:
            # Kong creates its connection without a routing configuration.
            yield _Connection(
                attachment.record.urn, hub.urn, frozenset({hub.urn}), frozenset({_DEFAULT})
            )


def _read_gateway(parts: Parts, attachment: KonnectAttachment) -> Record | None:
    """Add Kong's connection to a hub, and return the hub."""
    records, record = parts.records, attachment.record
    hub = parent(records, record, f"{CONFIG}.vhub_name", HUB)
    if hub is None:
        if records.is_foreign(record, f"{CONFIG}.vhub_name", HUB):
            peer_with_foreign(parts, attachment)
        return None
    parts.attachments[record.urn] = Attachment(
        record.urn,
        element(record),
        hub.urn,
        attachment.gateway.key,
        tuple(granted(records, record, hub, _HUB_ACTION)),
        hub.urn,
        automatic=True,
    )
    return hub


# Route tables


def _associated(records: Records, connection: Record, hub: Record) -> str | None:
    """The key of the table that a connection is associated with."""
    path = "routingConfiguration.associatedRouteTable.id"
    keys = _table_keys(records, connection, path, hub)
    return keys[0] if keys else hub.urn


def _connection(records: Records, connection: Record, hub: Record) -> _Connection:
    """The tables that a connection propagates to: the default ones, unless it says others."""
    path = "routingConfiguration.propagatedRouteTables"
    labels = frozenset(str(one).lower() for one in connection.values(f"{path}.labels.*"))
    listed = _table_keys(records, connection, f"{path}.ids.*.id", hub)
    # Microsoft: without a label, a connection propagates to the label of the default tables.
    nowhere = "" in listed
    tables = frozenset(listed) - {""}
    return _Connection(
        connection.urn,
        hub.urn,
        tables,
        labels or frozenset(() if nowhere else {_DEFAULT}),
    )


def _table_keys(records: Records, record: Record, path: str, hub: Record) -> list[str]:
    """The keys of the tables that a property names. The table that takes nothing is empty text."""
    found = []
    for text in map(str, record.values(path)):
        name = text.rpartition("/")[2].lower()
        if name == "defaultroutetable":
            found.append(hub.urn)
        elif name == "noneroutetable":
            found.append("")
    custom = records.targets(record, path, TABLE)
    return [
        *found,
        *(one.urn for one in custom if parent(records, one, "virtualHubName", HUB) is hub),
    ]


def _labels(table: Record) -> set[str]:
    return {str(one).lower() for one in table.values("labels.*")}


def _tables(
    records: Records,
    hub: Record,
    own: Sequence[_Connection],
    mesh: Sequence[Link],
    labels: set[str],
) -> Iterator[HubTable]:
    """The tables of a hub: the default one, those that are created, and what other hubs see."""

    def table(key: str, at: Record, of: set[str], routes: Sequence[Route] = ()) -> HubTable:
        propagated = [one.key for one in own if key in one.tables or of & one.labels]
        remote = [
            link.key
            for link in mesh
            if any(end.hub == hub.urn for end in link.ends) and link.key.rpartition("#")[2] in of
        ]
        return HubTable(key, element(at), hub.urn, tuple(routes), (*propagated, *remote))

    yield table(hub.urn, hub, {_DEFAULT})
    for one in records.of(TABLE):
        if parent(records, one, "virtualHubName", HUB) is hub:
            yield table(one.urn, one, _labels(one), list(_static_routes(records, one)))
    yield HubTable(_all_of(hub), element(hub), hub.urn, (), tuple(one.key for one in own))
    for label in labels:
        told = tuple(one.key for one in own if label in one.labels)
        yield HubTable(_told(hub, label), element(hub), hub.urn, (), told)


def _static_routes(records: Records, table: Record) -> Iterator[Route]:
    for route in table.values("routes.*"):
        found = records.targets(table, "routes.*.nextHop", CONNECTION, FIREWALL)
        known = [one for one in found if one.id and one.id == route.get("nextHop")] or found
        for prefix in blocks(route.get("destinations") or ()):
            if known:
                yield Route(element(table), prefix, known[0].urn)


def _all_of(hub: Record) -> str:
    """The key of the table for what comes from other hubs: all connections of the hub."""
    return f"{hub.urn}#connections"


def _told(hub: Record, label: str) -> str:
    """The key of the table of what other hubs learn for tables with a label."""
    return f"{hub.urn}#told:{label}"


def _mesh(records: Records, hubs: Sequence[Record], labels: Sequence[str]) -> Iterator[Link]:
    """The links of all hubs of a virtual WAN, which make themselves: one for each label."""
    for near, far in combinations(hubs, 2):
        wan = records.target(near, "virtualWan.id", WAN)
        other = records.target(far, "virtualWan.id", WAN)
        ids = {near.text("virtualWan.id"), far.text("virtualWan.id")}
        same = wan is not None and wan is other
        causes = [set(hub.dependencies.get("virtualWan", ())) for hub in (near, far)]
        if not same and causes[0] != causes[1] and (len(ids) > 1 or None in ids):
            continue
        found = exists(
            same or not causes[0], near, WAN, "its virtual WAN does not exist", "create the WAN"
        )
        at = element(near if wan is None else wan)
        standard = Condition(
            wan is None or wan.text("type") != "Basic",
            at,
            "its type is Basic, which does not connect hubs",
            "set type: Standard",
        )
        for label in labels:
            key = f"{near.urn}|{far.urn}#{label}"
            ends = [
                LinkEnd(
                    element(hub),
                    hub.urn,
                    key,
                    _all_of(hub),
                    prepends=_OF_OTHER_HUBS,
                    announces=_told(hub, label),
                )
                for hub in (near, far)
            ]
            yield Link(key, at, (ends[0], ends[1]), (found, standard), remote=True)


# Firewalls


def _read_intent(parts: Parts, intent: Record) -> None:
    """Lead the private traffic of a hub through its firewall."""
    records = parts.records
    hub = parent(records, intent, "virtualHubName", HUB)
    firewall = records.target(intent, "routingPolicies.*.nextHop", FIREWALL)
    destinations = intent.values("routingPolicies.*.destinations.*")
    if hub is None or firewall is None or "PrivateTraffic" not in destinations:
        return
    parts.firewalls[firewall.urn] = _firewall(records, firewall, hub)
    first = f"{hub.urn}#inspected"
    routes = tuple(Route(element(intent), one, firewall.urn) for one in _PRIVATE)
    parts.tables[first] = HubTable(first, element(intent), hub.urn, routes)
    for key, attachment in parts.attachments.items():
        if attachment.hub == hub.urn:
            parts.attachments[key] = replace(attachment, table=first)
    for key, link in parts.links.items():
        ends = [_inspected(end, hub.urn, first) for end in link.ends]
        parts.links[key] = replace(link, ends=(ends[0], ends[1]))
    parts.halves = [replace(one, end=_inspected(one.end, hub.urn, first)) for one in parts.halves]


def _inspected(end: LinkEnd, hub: str, table: str) -> LinkEnd:
    if end.hub != hub:
        return end
    return replace(end, table=table, announces=end.announces or end.table or "")


def _firewall(records: Records, firewall: Record, hub: Record) -> Firewall:
    policy = records.target(firewall, "firewallPolicy.id", POLICY)
    placed = exists(
        records.target(firewall, "virtualHub.id", HUB) is hub,
        firewall,
        HUB,
        f"it is not in {hub.name}",
        "create the firewall in the hub",
    )
    has_policy = exists(
        policy is not None or records.is_foreign(firewall, "firewallPolicy.id", POLICY),
        firewall,
        POLICY,
        "it has no policy",
        "give it a firewall policy",
    )
    at = element(firewall if policy is None else policy)
    groups = [
        one
        for one in records.of(RULES)
        if policy is not None and parent(records, one, "firewallPolicyName", POLICY) is policy
    ]
    rules = tuple(rule for group in groups for rule in _rules(group))
    allows = policy is None
    filter_ = Filter(
        at, firewall.urn, True, rules, {Direction.IN: allows, Direction.OUT: allows}, RULES
    )
    return Firewall(
        firewall.urn, element(firewall), hub.urn, filter_, hub.urn, (placed, has_policy)
    )


def _rules(group: Record) -> Iterator[Rule]:
    """The network rules of a group: groups by priority, then collections by priority."""
    first = int(float(group.text("priority") or 0))
    for collection in group.values("ruleCollections.*"):
        action = str((collection.get("action") or {}).get("type", "")).lower()
        priority = first * 100_000 + int(float(collection.get("priority") or 0))
        for rule in collection.get("rules") or ():
            for name in _protocols(rule):
                yield Rule(
                    element(group),
                    Direction.OUT,
                    action == "allow",
                    priority,
                    name,
                    port_ranges(rule.get("destinationPorts") or ()),
                    _blocks(rule.get("destinationAddresses") or ()),
                    _blocks(rule.get("sourceAddresses") or ()),
                )


def _protocols(rule: dict[str, Any]) -> Iterator[str]:
    if str(rule.get("ruleType")) == "NetworkRule":
        for one in rule.get("ipProtocols") or ():
            yield "all" if str(one).lower() == "any" else protocol(one)


def _blocks(texts: Sequence[object]) -> tuple[IPv4Network, ...]:
    listed = ["0.0.0.0/0" if str(one) == "*" else str(one) for one in texts]
    return tuple(found for one in listed if (found := block(one)) is not None)
