"""Data-plane groups: the actual state of the groups that a configuration asks for.

A group is identified by its provider, region and network. Its addresses are those of its
network and do not change when the group is updated. A group has no ``error`` state.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from sandbox.konnect import durations, records
from sandbox.konnect.control_planes import edge_prefix
from sandbox.store import Body, Store

Key = tuple[str, str, str | None]
"""(provider, region, network id) of a group."""

_PUBLIC_RANGES = (
    IPv4Network("203.0.113.0/24"),
    IPv4Network("198.51.100.0/24"),
    IPv4Network("192.0.2.0/24"),
)
"""The blocks reserved for documentation: public addresses that nobody owns."""
_FIRST_HOST = 10


def key_of(group: Body) -> Key:
    """The key that identifies a group in a configuration, desired or actual."""
    return group["provider"], group["region"], group.get("cloud_gateway_network_id")


def egress_addresses(store: Store, count: int) -> list[str]:
    """``count`` public addresses for a new network, one per zone; they never change."""
    hosts = _PUBLIC_RANGES[0].num_addresses - 2
    taken = [store.serial("egress-address") - 1 for _ in range(count)]
    return [
        str(_PUBLIC_RANGES[n // hosts % len(_PUBLIC_RANGES)].network_address + 1 + n % hosts)
        for n in taken
    ]


def of_control_plane(store: Store, plane_id: str) -> list[Body]:
    """All groups of a control plane, including ``terminating`` ones."""
    return [g for g in records.every(store, records.GROUPS) if g["_control_plane_id"] == plane_id]


def has_nodes(group: Body) -> bool:
    """Whether the nodes of a group run: it has been ready, and is not being deleted."""
    return "hostnames" in group and group["state"] != "terminating"


def start(store: Store, plane_id: str, version: str | None, access: str, wanted: Body) -> None:
    """Create a group: ``initializing``, or ``created`` while its network is not ready."""
    network_id = wanted.get("cloud_gateway_network_id")
    network = records.get(store, records.NETWORKS, network_id) if network_id else None
    waits = network is not None and network["state"] != "ready"
    fields = {
        **_settings(wanted, version, access),
        "provider": wanted["provider"],
        "region": wanted["region"],
        "state": "created" if waits else "initializing",
        "_control_plane_id": plane_id,
        "_slot": _free_slot(store, network_id),
    }
    if network_id:
        fields["cloud_gateway_network_id"] = network_id
    due = None if waits else store.clock.now() + durations.GROUP_PROVISIONING
    records.create(store, records.GROUPS, fields, due=due)


def change(store: Store, group: Body, version: str | None, access: str, wanted: Body) -> None:
    """Update a group to the desired state; a rolling update starts when anything differs."""
    settings = _settings(wanted, version, access)
    if all(group.get(name) == value for name, value in settings.items()):
        return
    due = group["_due"]
    if group["state"] == "ready":
        settings["state"] = "initializing"
        due = store.clock.now() + durations.GROUP_UPDATE
    records.change(store, records.GROUPS, group, due=due, **settings)


def stop(store: Store, group: Body) -> None:
    """Start the deletion of a group."""
    due = store.clock.now() + durations.GROUP_TEARDOWN
    records.change(store, records.GROUPS, group, state="terminating", due=due)


def step(store: Store, group: Body, at: float) -> None:
    """Make an ``initializing`` group ``ready``, with its addresses, or finish a deletion."""
    if group["state"] == "terminating":
        records.remove(store, records.GROUPS, group)
        return
    records.change(store, records.GROUPS, group, at=at, state="ready", **_addresses(store, group))


def network_ready(store: Store, network_id: str, at: float) -> None:
    """Start the groups that wait for this network."""
    for group in records.every(store, records.GROUPS):
        if group.get("cloud_gateway_network_id") == network_id and group["state"] == "created":
            due = at + durations.GROUP_PROVISIONING
            records.change(store, records.GROUPS, group, at=at, due=due, state="initializing")


def networks_of(store: Store, configuration: Body) -> set[str]:
    """The ids of the networks of a current configuration's groups, desired and actual."""
    actual = of_control_plane(store, configuration["control_plane_id"])
    both = [*configuration["dataplane_group_config"], *actual]
    return {g["cloud_gateway_network_id"] for g in both if g.get("cloud_gateway_network_id")}


def shown(store: Store, plane_id: str) -> list[Body]:
    """The actual groups of a control plane, in the form of a configuration."""
    return [_shown(group) for group in of_control_plane(store, plane_id)]


def manifest(store: Store, configuration: Body) -> Body:
    """A configuration as the API shows it.

    A superseded configuration keeps its id and shows the groups as they were when it was
    superseded.
    """
    actual = configuration["_groups"]
    if configuration["_current"]:
        actual = shown(store, configuration["control_plane_id"])
    return {**records.public(configuration), "dataplane_groups": actual}


def _shown(group: Body) -> Body:
    body = records.public(group)
    del body["entity_version"]
    return body


def _settings(wanted: Body, version: str | None, access: str) -> dict[str, Any]:
    settings: dict[str, Any] = {"_version": version, "_access": access}
    settings["environment"] = wanted.get("environment", [])
    autoscale = wanted.get("autoscale")
    if autoscale is not None:
        settings["autoscale"] = dict(autoscale)
        if autoscale["kind"] == "autopilot":  # deprecated: now always ten times base_rps
            settings["autoscale"]["max_rps"] = 10 * autoscale["base_rps"]
    return settings


def _free_slot(store: Store, network_id: str | None) -> int:
    taken = {
        group["_slot"]
        for group in records.every(store, records.GROUPS)
        if group.get("cloud_gateway_network_id") == network_id
    }
    return next(slot for slot in range(len(taken) + 1) if slot not in taken)


def _addresses(store: Store, group: Body) -> dict[str, Any]:
    prefix = edge_prefix(group["_control_plane_id"])
    place = f"{group['provider']}-{group['region']}"
    hostname = f"{prefix}.{place}.edge.gateways.konggateway.com"
    public = [] if group["_access"] == "private" else [hostname]
    network_id = group.get("cloud_gateway_network_id")
    network = records.get(store, records.NETWORKS, network_id) if network_id else None
    if network is None:
        return {"hostnames": public}
    offset = _FIRST_HOST + group["_slot"]
    return {
        "private_ip_addresses": [
            str(IPv4Address(block.network_address + offset)) for block in _zone_blocks(network)
        ],
        "egress_ip_addresses": network["_egress"],
        "hostnames": public,
    }


def _zone_blocks(network: Body) -> list[IPv4Network]:
    zones = len(network["availability_zones"])
    bits = (zones - 1).bit_length()
    return list(IPv4Network(network["cidr_block"]).subnets(prefixlen_diff=bits))[:zones]
