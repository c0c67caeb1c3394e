"""GCP: network peerings, firewall rules, private DNS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from tools.readiness.checks.aws import ready, restore
from tools.readiness.checks.blocks import covers, touches
from tools.readiness.checks.private_dns import hosted_zones
from tools.readiness.facts import Facts
from tools.readiness.konnect import Network
from tools.readiness.resources import Resource
from tools.readiness.verdict import Item, Seen, judged, manual

PEERING: Final = "gcp-vpc-peering-attachment"
NETWORK_PEERING: Final = "gcp:compute/networkPeering:NetworkPeering"
FIREWALL: Final = "gcp:compute/firewall:Firewall"
FLAGS: Final = (
    "exportCustomRoutes",
    "importCustomRoutes",
    "exportSubnetRoutesWithPublicIp",
    "importSubnetRoutesWithPublicIp",
)
_DEFAULT_PRIORITY: Final = 1000
_ANCHOR: Final = "gcp"


def _peerings(facts: Facts) -> Iterator[Seen]:
    for network, attachment, config in facts.attachments(PEERING):
        yield ready(network, attachment)
        name = str(config.get("peer_vpc_name"))
        subject = f"{network.region}: peering of network {name}"
        kong = str((network.body.get("provider_metadata") or {}).get("vpc_id"))
        found = [
            one
            for one in facts.resources.of(NETWORK_PEERING)
            if one.text("network").endswith(f"/{name}")
            and one.text("peerNetwork").rpartition("/")[2] == kong
        ]
        if not found:
            look = f"VPC network peering of {name}: ACTIVE, exports and imports routes"
            yield manual(subject, "is in no stack that is read here", look)
        for one in found:
            yield _connected(facts, subject, one)
            off = [flag for flag in FLAGS if one.props.get(flag) is False]
            value = f"has {', '.join(off)} off" if off else "exports and imports all routes"
            yield judged(not off, subject, value, "run `make up`, which sets them")


def _connected(facts: Facts, subject: str, peering: Resource) -> Seen:
    state = peering.text("state") or "unknown"
    details = peering.text("stateDetails")
    value = f"is {state}: {details}" if state != "ACTIVE" and details else f"is {state}"
    if state != "ACTIVE" and not facts.resources.live:
        # GCP makes it active after both sides exist, which is after `up` has written its state.
        look = "run it without REFRESH=off, or look at VPC network peering"
        return manual(subject, f"was {state} when the state was written", look)
    return judged(state == "ACTIVE", subject, value, "create the other side, and run `make up`")


def _firewalls(facts: Facts) -> Iterator[Seen]:
    for network, _, config in facts.attachments(PEERING):
        yield _let_in(facts, network, str(config.get("peer_vpc_name")))


def _let_in(facts: Facts, network: Network, name: str) -> Seen:
    subject = f"{network.region}: firewall of network {name}"
    rules = [
        one
        for one in facts.resources.of(FIREWALL)
        if one.text("network").rpartition("/")[2] == name
        and (one.text("direction") or "INGRESS") == "INGRESS"
        and not one.props.get("disabled")
    ]
    allowing = [
        one for one in rules if one.props.get("allows") and _from(one, network.cidr, covers)
    ]
    denying = [
        one for one in rules if one.props.get("denies") and _from(one, network.cidr, touches)
    ]
    if not rules:
        look = f"its firewall rules have to allow {network.cidr}"
        return manual(subject, "has no rule in this stack", look)
    first = min(map(_priority, allowing), default=None)
    before = [one for one in denying if first is not None and _priority(one) < first]
    if before:
        value = f"rule {before[0].name} denies {network.cidr}"
        remedy = f"delete it; {restore(network)} if the region is isolated"
        return judged(False, subject, value, remedy)
    value = f"{'allows' if allowing else 'does not allow'} {network.cidr}"
    return judged(bool(allowing), subject, value, "run `make up`, which writes the rule")


def _priority(rule: Resource) -> int:
    return int(rule.props.get("priority", _DEFAULT_PRIORITY))


def _from(rule: Resource, cidr: str, met: Callable[[object, str], bool]) -> bool:
    return any(met(one, cidr) for one in rule.props.get("sourceRanges") or ())


ITEMS: Final = (
    Item(
        "gcp-peering",
        "GCP",
        "VPC peerings are active, and export and import routes",
        "Konnect has the attachment ready; GCP has the peering ACTIVE, with all route flags on.",
        _peerings,
        _ANCHOR,
    ),
    Item(
        "gcp-firewall-rules",
        "GCP",
        "Firewall rules let the gateway reach your upstreams",
        "A rule of the network allows the gateway's block, and none before it denies it.",
        _firewalls,
        _ANCHOR,
    ),
    Item(
        "gcp-private-dns",
        "GCP",
        "Cloud DNS peering zones are active, from the gateway to your VPC",
        "Konnect has the peering zone ready. A look-up from the gateway is by hand.",
        lambda facts: hosted_zones(facts, "gcp"),
        _ANCHOR,
    ),
)
