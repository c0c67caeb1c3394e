"""Securing the gateway and its upstreams: edges, Transit Gateway safeguards, flow logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tools.readiness.checks.addresses import EGRESS
from tools.readiness.checks.aws import ACCEPTER, ASSOCIATION, HUB, SHARE_PRINCIPAL, TGW, VPC
from tools.readiness.checks.plugins import is_global, is_origin_lock
from tools.readiness.facts import Facts
from tools.readiness.resources import Resource
from tools.readiness.verdict import Item, Seen, failed, judged, manual, passed

CLOUDFRONT: Final = "aws:cloudfront/distribution:Distribution"
WEB_ACL_ASSOCIATION: Final = "aws:wafv2/webAclAssociation:WebAclAssociation"
FRONT_DOOR: Final = "azure-native:cdn:Profile"
FRONT_DOOR_POLICY: Final = "azure-native:cdn:SecurityPolicy"
FRONT_DOOR_WAF: Final = (
    "azure-native:frontdoor:Policy",
    "azure-native:cdn:Policy",
    "azure-native:network:Policy",
)
GOOGLE_BACKEND: Final = "gcp:compute/backendService:BackendService"
FLOW_LOG: Final = "aws:ec2/flowLog:FlowLog"
TRAIL: Final = "aws:cloudtrail/trail:Trail"
_SECTION: Final = "Securing upstreams"
_ANCHOR: Final = "securing-dedicated-cloud-gateway-upstreams"


def _is_public(facts: Facts) -> bool:
    return any(plane.public and plane.groups for plane in facts.live.planes)


def _firewalls(facts: Facts) -> Iterator[Seen]:
    """Evidence of the web application firewall of each edge, where gateways are public."""
    if not _is_public(facts):
        return
    edges = [*_cloudfront(facts), *_front_door(facts), *_google(facts)]
    if not edges:
        planes = ", ".join(one.name for one in facts.live.planes if one.public)
        remedy = "set an edge with a firewall in entry (docs/edges.md), or api_access: private"
        yield failed(planes, "is public, and no edge of the stack is in front", remedy)
    yield from edges


def _cloudfront(facts: Facts) -> Iterator[Seen]:
    for one in facts.resources.of(CLOUDFRONT):
        acl = one.text("webAclId")
        value = f"has web ACL {acl.rpartition('/')[2] or acl}" if acl else "has no web ACL"
        yield judged(bool(acl), f"CloudFront {one.id}", value, "set web_acl_id, or run `make up`")


def _front_door(facts: Facts) -> Iterator[Seen]:
    profiles = list(facts.resources.of(FRONT_DOOR))
    if not profiles:
        return
    policies = list(facts.resources.of(FRONT_DOOR_POLICY))
    for profile in profiles:
        mine = [one for one in policies if one.id.lower().startswith(profile.id.lower())]
        value = f"has {'a' if mine else 'no'} security policy"
        yield judged(bool(mine), f"Front Door {profile.name}", value, "run `make up`")
    for firewall in facts.resources.of(*FRONT_DOOR_WAF):
        settings: dict[str, Any] = firewall.props.get("policySettings") or {}
        mode, state = settings.get("mode"), settings.get("enabledState", "Enabled")
        value = f"is {state}, mode {mode}"
        holds = mode == "Prevention" and state == "Enabled"
        yield judged(holds, f"firewall policy {firewall.name}", value, "set mode: Prevention")


def _google(facts: Facts) -> Iterator[Seen]:
    for one in facts.resources.of(GOOGLE_BACKEND):
        if one.text("loadBalancingScheme").startswith("EXTERNAL"):
            policy = one.text("securityPolicy").rpartition("/")[2]
            value = f"has Cloud Armor policy {policy}" if policy else "has no Cloud Armor policy"
            yield judged(bool(policy), f"backend service {one.name}", value, "run `make up`")


def _origin_lock(facts: Facts) -> Iterator[Seen]:
    """Evidence of the lock of each public control plane, where the stack has an edge or a lock."""
    has_edge = any(True for _ in (*_cloudfront(facts), *_front_door(facts), *_google(facts)))
    for plane in facts.live.planes:
        locks = [one for one in plane.all("plugins") if is_origin_lock(one)]
        if not plane.public or not plane.groups or not (has_edge or locks):
            continue
        on = [one for one in locks if is_global(one)]
        value = "has an origin lock" if on else "has no origin lock"
        if locks and not on:
            value = "has an origin lock that is off"
        remedy = "set an edge with its origin lock in entry (docs/edges.md)"
        yield judged(bool(on), plane.name, value, remedy)
        if on:
            look = "call a host name of a data-plane group directly: it has to answer 403"
            yield manual(plane.name, "a direct call is not made here", look)


def _safeguards(facts: Facts) -> Iterator[Seen]:
    hubs = {str(config.get("transit_gateway_id")) for _, _, config in facts.attachments(TGW)}
    kongs = {
        one.text("transitGatewayId"): one.text("transitGatewayAttachmentId") or one.id
        for one in facts.resources.of(ACCEPTER)
    }
    tables = {
        one.text("transitGatewayAttachmentId"): one.text("transitGatewayRouteTableId")
        for one in facts.resources.of(ASSOCIATION)
    }
    for hub_id in sorted(hubs):
        hub = facts.resources.by_id(HUB, hub_id)
        subject = f"hub {hub_id}"
        if hub is None:
            yield manual(subject, "is in no stack that is read here", "look at its route tables")
            continue
        yield _no_defaults(subject, hub)
        kong = kongs.get(hub_id)
        if kong in tables:
            shared = [
                one for one, table in tables.items() if table == tables[str(kong)] and one != kong
            ]
            value = f"Kong's attachment shares its route table with {len(shared)} others"
            yield judged(not shared, subject, value, "give it a route table of its own")
    yield from _principals(facts)


def _no_defaults(subject: str, hub: Resource) -> Seen:
    keys = (
        "defaultRouteTableAssociation",
        "defaultRouteTablePropagation",
        "autoAcceptSharedAttachments",
    )
    on = [key for key in keys if hub.text(key) == "enable"]
    value = f"has {', '.join(on)} on" if on else "neither accepts nor routes attachments by default"
    return judged(not on, subject, value, "disable them")


def _principals(facts: Facts) -> Iterator[Seen]:
    kong = facts.live.accounts.get("aws", "")
    shares = {str(config.get("ram_share_arn")) for _, _, config in facts.attachments(TGW)}
    for one in facts.resources.of(SHARE_PRINCIPAL):
        share, principal = one.text("resourceShareArn"), one.text("principal")
        if share in shares:
            subject = f"RAM share {share.rpartition('/')[2]}"
            value = f"is given to {principal}"
            yield judged(principal == kong, subject, value, f"only Kong's account {kong} needs it")


def _flow_logs(facts: Facts) -> Iterator[Seen]:
    logged = {
        one.text(key)
        for one in facts.resources.of(FLOW_LOG)
        for key in ("vpcId", "transitGatewayId", "transitGatewayAttachmentId", "subnetId")
    }
    look = "VPC > Flow logs, and CloudTrail > Trails: your organisation may have them"
    for one in facts.resources.of(VPC, HUB):
        subject = f"{'VPC' if one.type == VPC else 'hub'} {one.id}"
        if one.id in logged:
            yield passed(subject, "has a flow log")
        else:
            yield manual(subject, "has no flow log in this stack", look)
    if any(True for _ in facts.resources.of(VPC, HUB)) and not any(
        True for _ in facts.resources.of(TRAIL)
    ):
        yield manual("CloudTrail", "has no trail in this stack", look)


def _isolation(facts: Facts) -> Iterator[Seen]:
    if facts.live.networks:
        look = "rehearse an isolation and its way back (docs/isolation.md), and record it"
        yield manual(facts.stack, "a rehearsal is not in the state", look)


ITEMS: Final = (
    Item(
        "ingress-firewall",
        _SECTION,
        "A web application firewall protects public gateways",
        "CloudFront has a web ACL; Front Door has a security policy in mode Prevention; Google's "
        "load balancer has a Cloud Armor policy. Private gateways need none.",
        _firewalls,
        _ANCHOR,
    ),
    Item(
        "ingress-origin-lock",
        _SECTION,
        "Public gateways refuse clients that do not come through the edge",
        "Each public control plane behind an edge has the global origin lock, switched on.",
        _origin_lock,
        _ANCHOR,
    ),
    EGRESS,
    Item(
        "transit-gateway-safeguards",
        _SECTION,
        "Transit Gateways keep Kong's attachment apart",
        "Kong's attachment has a route table of its own; nothing is accepted or routed by default; "
        "the RAM share is given to Kong's account only.",
        _safeguards,
        _ANCHOR,
    ),
    Item(
        "flow-logs",
        _SECTION,
        "VPC Flow Logs and CloudTrail are on",
        "Flow logs and trails of the stack; those of your organisation, AWS shows.",
        _flow_logs,
        _ANCHOR,
    ),
    Item(
        "isolation-rehearsed",
        _SECTION,
        "The gateway can be isolated quickly after a compromise",
        "By hand: a rehearsal of `make isolate` and `make restore`, recorded.",
        _isolation,
        _ANCHOR,
    ),
)
