"""Makes the view of an environment from Konnect's answers. Pure: no calls, no clock.

Konnect has no list of the objects of a stack. An object is the environment's if the stack's state
has it, if it carries the stack's mark (see ``providers.konnect.ownership``), or if it is below a
network or control plane of the environment. Plugins and partials of other teams are on the same
control planes: those are in the view only if the state has them, they carry the mark, or Konnect
made them for a managed cache.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from providers.konnect.analytics.regions import region_of
from providers.konnect.cloud_gateways.base import reason_of
from providers.konnect.core_entities.partial import MANAGED_TAG
from providers.konnect.ownership import LABEL, Owner, owner_of_tags
from tools.status.known import Known
from tools.status.model import (
    HEARTBEAT_LIMIT,
    Live,
    LiveAttachment,
    LiveCache,
    LiveCacheGroup,
    LiveControlPlane,
    LiveDomain,
    LiveGroup,
    LiveNetwork,
    LiveNode,
    LivePartial,
    LivePlugin,
    LivePrivateDns,
    LiveView,
    Missing,
    Unread,
)

Json = dict[str, Any]
L = TypeVar("L", bound=Live)

_FAILED: Final = frozenset({"error", "offline", "terminated"})
_REPORTED_FAILURES: Final = frozenset({"ERROR", "INVALID"})
_SCOPES: Final = ("service", "route", "consumer", "consumer_group")


@dataclass(frozen=True)
class Lists:
    """The lists of an organisation. None: a list could not be read."""

    networks: Sequence[Json] | None = None
    configurations: Sequence[Json] | None = None
    addons: Sequence[Json] | None = None
    domains: Sequence[Json] | None = None
    control_planes: Sequence[Json] | None = None
    accounts: Sequence[Json] | None = None


@dataclass(frozen=True)
class Answers:
    """Everything that was read. A key is missing if its list could not be read."""

    lists: Lists
    nodes: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    """By the id of their control plane, as all the following but those that say otherwise."""
    hashes: Mapping[str, Json] = field(default_factory=dict)
    partials: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    plugins: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    attachments: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    """By the id of their network."""
    private_dns: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    """By the id of their network."""
    online: Mapping[str, Json] = field(default_factory=dict)
    """The online-status of a custom domain, by the domain's id."""
    unread: Sequence[Unread] = ()


def planes_of(lists: Lists, known: Known) -> list[Json]:
    """The control planes of the environment."""
    ids, labels = known.ids("GatewayControlPlane"), {owner.label for owner in known.owners}
    return [
        one
        for one in lists.control_planes or ()
        if one["id"] in ids or _mark(one) in labels or _may_be_of(one, known)
    ]


def _mark(plane: Json) -> str:
    return str((plane.get("labels") or {}).get(LABEL, ""))


def _may_be_of(plane: Json, known: Known) -> bool:
    """Whether a control plane is of a stack with this name whose state has been lost."""
    if known.owners:
        return False
    ours = Owner(known.project, known.stack, "00000000").label
    return _mark(plane).rpartition(".")[0] == ours.rpartition(".")[0]


def networks_of(lists: Lists, known: Known) -> list[Json]:
    """The networks of the environment: their names end with the id of the stack's mark."""
    ids, marks = known.ids("CloudGatewayNetwork"), {owner.id for owner in known.owners}
    return [
        one
        for one in lists.networks or ()
        if one["id"] in ids or str(one["name"]).rpartition("-")[2] in marks
    ]


def domains_of(lists: Lists, known: Known) -> list[Json]:
    """The custom domains of the environment's control planes."""
    planes = {one["id"] for one in planes_of(lists, known)}
    return [one for one in lists.domains or () if one["control_plane_id"] in planes]


def view_of(answers: Answers, known: Known, geo: str, now: datetime) -> LiveView:
    """Make the view of an environment. ``now`` is Konnect's time."""
    lists = answers.lists
    planes = planes_of(lists, known)
    plane_ids = {str(one["id"]) for one in planes}
    configurations = [
        one for one in lists.configurations or () if one["control_plane_id"] in plane_ids
    ]
    clouds = {str(one["id"]): str(one["provider"]) for one in lists.accounts or ()}
    networks = [_network(one, known, clouds, configurations) for one in networks_of(lists, known)]
    groups = [
        _group(group, one, networks)
        for one in configurations
        for group in one.get("dataplane_groups") or ()
    ]
    caches = [_cache(one, known) for one in lists.addons or () if _owner(one) in plane_ids]
    return LiveView(
        project=known.project,
        stack=known.stack,
        geo=geo,
        at=now,
        control_planes=_by_name(
            _control_plane(one, known, configurations, answers.hashes) for one in planes
        ),
        networks=sorted(networks, key=lambda one: (one.key, one.name)),
        groups=sorted(groups, key=lambda one: (one.key, one.name)),
        nodes=_by_name(
            _node(one, plane, answers.hashes.get(plane, {}).get("expected_hash"), groups, now)
            for plane, one in _pairs(answers.nodes)
        ),
        attachments=_by_name(
            _attachment(one, network, known) for network, one in _pairs(answers.attachments)
        ),
        private_dns=_by_name(
            _private_dns(one, network, known) for network, one in _pairs(answers.private_dns)
        ),
        domains=_by_name(
            _domain(one, answers.online.get(one["id"], {}), known)
            for one in domains_of(lists, known)
        ),
        caches=_by_name(caches),
        partials=_by_name(
            _partial(one, plane, known)
            for plane, one in _pairs(answers.partials)
            if _is_partial_of(one, known)
        ),
        other_partials=frozenset(
            str(one["id"]) for _, one in _pairs(answers.partials) if not _is_partial_of(one, known)
        ),
        plugins=_by_name(
            _plugin(one, plane, known)
            for plane, one in _pairs(answers.plugins)
            if _is_ours(one, known, "GatewayPlugin")
        ),
        missing=list(_missing(answers, known)),
        unread=answers.unread,
        pending=known.pending,
        contract=known.contract,
    )


def _pairs(by_parent: Mapping[str, Sequence[Json]]) -> Iterator[tuple[str, Json]]:
    return ((parent, one) for parent, items in by_parent.items() for one in items)


def _by_name(found: Iterable[L]) -> list[L]:
    return sorted(found, key=lambda one: (one.name, one.id))


def _is_ours(entity: Json, known: Known, kind: str) -> bool:
    return entity["id"] in known.ids(kind) or owner_of_tags(entity.get("tags")) in known.owners


def _is_partial_of(partial: Json, known: Known) -> bool:
    managed = MANAGED_TAG in (partial.get("tags") or ())
    return managed or _is_ours(partial, known, "GatewayPartial")


def _owner(addon: Json) -> str:
    owner = addon.get("owner") or {}
    return str(owner.get("control_plane_id") or owner.get("control_plane_group_id") or "")


def _time(stamp: object) -> datetime | None:
    """A time of an answer: RFC 3339, or seconds since the epoch. None if there is none."""
    if isinstance(stamp, int | float):
        return datetime.fromtimestamp(stamp, UTC)
    return datetime.fromisoformat(str(stamp)) if stamp else None


def _lifecycle(item: Json) -> dict[str, Any]:
    """The fields of every object with a state."""
    since = _time(item.get("updated_at") or item.get("created_at"))
    reported = str((item.get("state_metadata") or {}).get("reported_status", "")).upper()
    return {
        "state": str(item["state"]),
        "reason": reason_of(item),
        "since": since,
        "failed": item["state"] in _FAILED or reported in _REPORTED_FAILURES,
    }


def _control_plane(
    item: Json, known: Known, configurations: Iterable[Json], hashes: Mapping[str, Json]
) -> LiveControlPlane:
    mine = next((one for one in configurations if one["control_plane_id"] == item["id"]), {})
    expected = hashes.get(item["id"], {})
    return LiveControlPlane(
        id=item["id"],
        name=item["name"],
        since=_time(item.get("created_at")),
        known=item["id"] in known.ids("GatewayControlPlane"),
        cluster_type=str((item.get("config") or {}).get("cluster_type", "")),
        expected_hash=expected.get("expected_hash"),
        expected_since=_time(expected.get("updated_at")),
        version=str(mine.get("version") or ""),
        api_access=str(mine.get("api_access") or ""),
    )


def _network(
    item: Json, known: Known, clouds: Mapping[str, str], configurations: Iterable[Json]
) -> LiveNetwork:
    cloud = clouds.get(item["cloud_gateway_provider_account_id"]) or next(
        (
            group["provider"]
            for one in configurations
            for group in one["dataplane_group_config"]
            if group.get("cloud_gateway_network_id") == item["id"]
        ),
        "",
    )
    return LiveNetwork(
        id=item["id"],
        name=item["name"],
        known=item["id"] in known.ids("CloudGatewayNetwork"),
        cloud=cloud,
        region=item["region"],
        cidr=item["cidr_block"],
        zones=tuple(item["availability_zones"]),
        **_lifecycle(item),
    )


def _group(item: Json, configuration: Json, networks: Iterable[LiveNetwork]) -> LiveGroup:
    network_id = str(item.get("cloud_gateway_network_id") or "")
    network = next((one for one in networks if one.id == network_id), None)
    autoscale = item.get("autoscale") or {}
    expected = len(network.zones) if network else 1
    if autoscale.get("kind") == "static":
        expected = int(autoscale["requested_instances"])
    return LiveGroup(
        id=item["id"],
        name=f"{item['provider']}-{item['region']}",
        control_plane_id=configuration["control_plane_id"],
        network_id=network_id,
        cloud=item["provider"],
        region=item["region"],
        expected_nodes=expected,
        private_ip_addresses=tuple(item.get("private_ip_addresses") or ()),
        egress_ip_addresses=tuple(item.get("egress_ip_addresses") or ()),
        hostnames=tuple(item.get("hostnames") or ()),
        **_lifecycle(item),
    )


def _node(
    item: Json, plane: str, expected: str | None, groups: Sequence[LiveGroup], now: datetime
) -> LiveNode:
    ping = _time(item.get("last_ping"))
    connection = item.get("connection_state") or {}
    online = connection.get("is_connected")
    if online is None:
        online = ping is not None and now - ping <= HEARTBEAT_LIMIT
    compatibility = item.get("compatibility_status") or {}
    regions = {one.key: one.region for one in groups if one.control_plane_id == plane}
    issues = (str(one.get("description", "")) for one in compatibility.get("issues") or ())
    return LiveNode(
        id=item["id"],
        name=str(item.get("hostname") or item["id"]),
        state="online" if online else "offline",
        reason="; ".join(filter(None, issues)),
        since=_time(item.get("created_at")),
        control_plane_id=plane,
        region=region_of(str(item.get("hostname", "")), regions),
        version=str(item.get("version", "")),
        last_ping=ping,
        in_sync=None if expected is None else item.get("config_hash") == expected,
        compatibility=str(compatibility.get("state", "")).removeprefix("COMPATIBILITY_STATE_"),
    )


def _attachment(item: Json, network: str, known: Known) -> LiveAttachment:
    config = item["transit_gateway_attachment_config"]
    parts = {
        str(one.get("domain_name", "")): str(one.get("state", ""))
        for one in config.get("resource_config") or ()
    }
    return LiveAttachment(
        id=item["id"],
        name=item["name"],
        known=item["id"] in known.ids("CloudGatewayTransitGateway"),
        network_id=network,
        kind=str(config["kind"]).removesuffix("-attachment"),
        parts=parts,
        config=config,
        cidr_blocks=tuple(item.get("cidr_blocks") or ()),
        **_lifecycle(item),
    )


def _private_dns(item: Json, network: str, known: Known) -> LivePrivateDns:
    config = item["private_dns_attachment_config"]
    return LivePrivateDns(
        id=item["id"],
        name=item["name"],
        known=item["id"] in known.ids("CloudGatewayPrivateDns"),
        network_id=network,
        kind=str(config["kind"]).removesuffix("-attachment"),
        **_lifecycle(item),
    )


def _domain(item: Json, online: Json, known: Known) -> LiveDomain:
    return LiveDomain(
        id=item["id"],
        name=item["domain"],
        known=item["id"] in known.ids("CloudGatewayCustomDomain"),
        control_plane_id=item["control_plane_id"],
        cname=str(online.get("cname", "")),
        ssl=str(online.get("ssl", "")),
        **_lifecycle(item),
    )


def _cache(item: Json, known: Known) -> LiveCache:
    config = item["config"]
    metadata = config.get("state_metadata") or {}
    return LiveCache(
        id=item["id"],
        name=item["name"],
        known=item["id"] in known.ids("CloudGatewayAddon"),
        control_plane_id=_owner(item),
        tier=str((config.get("capacity_config") or {}).get("tier", "")),
        partial_id=metadata.get("cache_config_id"),
        groups=[
            LiveCacheGroup(
                cloud=one["provider"],
                region=one["region"],
                state=one["state"],
                reason=reason_of(one),
            )
            for one in config.get("data_plane_groups") or ()
        ],
        **_lifecycle(item),
    )


def _partial(item: Json, plane: str, known: Known) -> LivePartial:
    managed = MANAGED_TAG in (item.get("tags") or ())
    return LivePartial(
        id=item["id"],
        name=str(item.get("name") or item["id"]),
        since=_time(item.get("updated_at")),
        known=managed or item["id"] in known.ids("GatewayPartial"),
        control_plane_id=plane,
        type=str(item.get("type", "")),
        managed=managed,
        config=item.get("config") or {},
    )


def _plugin(item: Json, plane: str, known: Known) -> LivePlugin:
    return LivePlugin(
        id=item["id"],
        name=item["name"],
        state="enabled" if item.get("enabled", True) else "disabled",
        since=_time(item.get("updated_at")),
        known=item["id"] in known.ids("GatewayPlugin"),
        control_plane_id=plane,
        instance_name=str(item.get("instance_name") or ""),
        scope={word: item[word]["id"] for word in _SCOPES if item.get(word)},
        partial_ids=tuple(str(one["id"]) for one in item.get("partials") or ()),
        config=item.get("config") or {},
    )


def _missing(answers: Answers, known: Known) -> Iterator[Missing]:
    """What the state has and a list, which was read whole, does not."""
    lists = answers.lists
    for kind, found in (
        ("GatewayControlPlane", _ids(lists.control_planes)),
        ("CloudGatewayNetwork", _ids(lists.networks)),
        ("CloudGatewayConfiguration", _ids(lists.configurations, "control_plane_id")),
        ("CloudGatewayCustomDomain", _ids(lists.domains)),
        ("CloudGatewayAddon", _ids(lists.addons)),
    ):
        if found is not None:
            yield from _absent(known, kind, found)
    for kind, parent, by_parent in (
        ("CloudGatewayTransitGateway", "network_id", answers.attachments),
        ("CloudGatewayPrivateDns", "network_id", answers.private_dns),
        ("GatewayPartial", "control_plane_id", answers.partials),
        ("GatewayPlugin", "control_plane_id", answers.plugins),
    ):
        for one in known.of_kind(kind):
            items = by_parent.get(str(one.outputs.get(parent)))
            if items is not None and one.id not in {item["id"] for item in items}:
                yield Missing(kind, one.id, one.title)


def _ids(items: Iterable[Json] | None, key: str = "id") -> Collection[str] | None:
    return None if items is None else {str(item[key]) for item in items}


def _absent(known: Known, kind: str, found: Collection[str]) -> Iterator[Missing]:
    return (Missing(kind, one.id, one.title) for one in known.of_kind(kind) if one.id not in found)
