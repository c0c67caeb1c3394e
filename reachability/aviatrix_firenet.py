"""Reads FireNet of Aviatrix: which packets firewalls beside a transit gateway see.

An inspection policy sends what comes from and goes to an attachment through the firewalls. They
share connections among them, and each sees both directions of its own. Without any, packets are
dropped. Their rules are in the firewalls: the stack only launches them.

Sources: Aviatrix, Terraform resources `aviatrix_transit_firenet_policy`, `aviatrix_firenet`,
`aviatrix_firewall_instance_association`; "Transit FireNet FAQ"; "Feature changelist" of release 6.8
(no traffic passes without a firewall).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from reachability.aviatrix import (
    ATTACHMENT,
    CONNECTION,
    HA,
    NETWORKS,
    PEERING,
    PREFIX,
    SPOKE,
    TRANSIT,
    named,
)
from reachability.filters import Direction, Filter
from reachability.graph import Firewall, Inspection
from reachability.parts import Parts, blocks, element
from reachability.records import Record, Records

POLICY: Final = f"{PREFIX}TransitFirenetPolicy"
FIRENET: Final = f"{PREFIX}Firenet"
FIREWALL: Final = f"{PREFIX}FirewallInstance"
ASSOCIATION: Final = f"{PREFIX}FirewallInstanceAssociation"
_ALL_PASS: Final = {Direction.IN: True, Direction.OUT: True}
_HA_SUFFIX: Final = "-hagw"
"""What the name of an HA peer has behind that of its transit gateway."""


def read_inspections(parts: Parts) -> None:
    """Add the firewalls of transit gateways, and what they see. Links must have been read."""
    records = parts.records
    inspected: dict[str, set[str]] = defaultdict(set)
    for policy in records.of(POLICY):
        transit = named(records, policy, "transit_firenet_gateway_name", TRANSIT, "gw_name")
        if transit is not None:
            inspected[transit.urn].update(_inspected(parts, policy, transit))
    for urn, keys in inspected.items():
        transit = records.by_urn[urn]
        settings = _settings(records, transit)
        if settings is not None and settings.properties.get("inspection_enabled") is False:
            continue
        firewalls = _firewalls(records, transit)
        parts.firewalls.update({one.key: one for one in firewalls})
        bypass = () if settings is None else blocks(settings.values("excluded_cidrs.*"))
        parts.inspections[urn] = Inspection(
            element(transit),
            frozenset(keys),
            tuple(one.key for one in firewalls),
            bypass,
            ASSOCIATION,
        )


def _inspected(parts: Parts, policy: Record, transit: Record) -> Iterator[str]:
    """The keys of the attachments that a policy is about: ``SPOKE:<gateway>``, for example."""
    records = parts.records
    kind, _, name = (policy.text("inspected_resource_name") or "").partition(":")
    causes = records.targets(policy, "inspected_resource_name", SPOKE, CONNECTION, TRANSIT)

    def is_meant(one: Record | None, property_: str, *kinds: str) -> bool:
        return one is not None and (
            one.text(property_) == name if kind in kinds else not kind and one in causes
        )

    for attachment in records.of(ATTACHMENT):
        spoke = named(records, attachment, "spoke_gw_name", SPOKE, "gw_name")
        hub = named(records, attachment, "transit_gw_name", TRANSIT, "gw_name")
        if hub is transit and is_meant(spoke, "gw_name", "SPOKE"):
            yield attachment.urn
    for connection in records.of(CONNECTION):
        hub = named(records, connection, "gw_name", TRANSIT, "gw_name")
        if hub is transit and is_meant(connection, "connection_name", "SITE2CLOUD"):
            yield connection.urn
    for link in parts.links.values():
        hubs = {end.hub for end in link.ends}
        if link.at.type == PEERING and transit.urn in hubs:
            for other in hubs - {transit.urn}:
                if is_meant(records.by_urn[other], "gw_name", "PEERING", "TRANSIT"):
                    yield link.key


def _settings(records: Records, transit: Record) -> Record | None:
    """The settings of the FireNet in the network of a transit gateway."""
    network = records.target(transit, "vpc_id", *NETWORKS)
    vpc_id = transit.text("vpc_id")
    for one in records.of(FIRENET):
        if vpc_id is not None and one.text("vpc_id") == vpc_id:
            return one
        if network is not None and records.target(one, "vpc_id", *NETWORKS) is network:
            return one
    return None


def _firewalls(records: Records, transit: Record) -> list[Firewall]:
    """The firewalls in the traffic of a transit gateway. A walk passes the first."""
    attached = [
        (one, records.target(one, "instance_id", FIREWALL) or one)
        for one in records.of(ASSOCIATION)
        if one.properties.get("attached") is True and _transit_of(records, one) is transit
    ]
    names = " and ".join(_title(firewall) for _, firewall in attached)
    return [
        Firewall(
            association.urn,
            element(firewall),
            transit.urn,
            Filter(element(firewall), association.urn, True, (), _ALL_PASS, ""),
            unread=names,
        )
        for association, firewall in attached
    ]


def _title(firewall: Record) -> str:
    image = firewall.text("firewall_image")
    return firewall.name if image is None else f"{firewall.name} ({image})"


def _transit_of(records: Records, association: Record) -> Record | None:
    """The transit gateway that a firewall is associated with, or whose HA peer it is."""
    name = (association.text("firenet_gw_name") or "").removesuffix(_HA_SUFFIX)
    if name:
        return next((one for one in records.of(TRANSIT) if one.text("gw_name") == name), None)
    for one in records.targets(association, "firenet_gw_name", TRANSIT, HA):
        return (
            one
            if one.type == TRANSIT
            else named(records, one, "primary_gw_name", TRANSIT, "gw_name")
        )
    return None
