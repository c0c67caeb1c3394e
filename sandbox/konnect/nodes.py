"""Data-plane nodes of a control plane, and the hash of the configuration that they should run.

A group that has been ready has one node per availability zone of its network, or as many as
its static autoscaling requests. A serverless group has one. Nodes are connected and in sync
at once, unless the admin API takes one offline or out of sync. Deleting a node's record does not
stop the node; the next heartbeat recreates the record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime

from starlette.datastructures import QueryParams

from sandbox.http.problems import not_found
from sandbox.http.routing import Router
from sandbox.konnect import availability, entities, groups, links, paging, records
from sandbox.konnect.control_planes import edge_prefix, find_control_plane, members_of
from sandbox.konnect.core_collections import COLLECTIONS
from sandbox.store import Body, Store

HEARTBEAT = 30.0
"""Simulated seconds between two heartbeats of a node."""
NOTICE_DAYS = 180
"""Number of days before the end of full support from which a node is listed as ending."""

_END_OF_FULL_SUPPORT = {
    "3.10": date(2028, 3, 31),
    "3.11": date(2026, 7, 31),
    "3.12": date(2026, 10, 31),
    "3.13": date(2026, 12, 31),
    "3.14": date(2029, 4, 30),
    "3.15": date(2027, 7, 31),
}
"""Version -> last day of full support; older versions are out of it (gateway version support
policy)."""
_LONG_TERM_SUPPORT = "3.14"
_NO_CONFIGURATION = "0" * 32
"""The hash of a node that has not received a configuration."""

router = Router()

_PLANE = "/control-planes/{control_plane_id}"
_NODES = _PLANE + "/nodes"


def _deleted_kind(plane_id: str) -> str:
    return f"{records.CONTROL_PLANES}/{plane_id}/deleted-nodes"


def _faults_kind(plane_id: str) -> str:
    return f"{records.CONTROL_PLANES}/{plane_id}/node-faults"


def _epoch(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).timestamp())


def _count(store: Store, group: Body) -> int:
    autoscale = group.get("autoscale") or {}
    if autoscale.get("kind") == "static":
        return int(autoscale["requested_instances"])
    network_id = group.get("cloud_gateway_network_id")
    network = records.get(store, records.NETWORKS, network_id) if network_id else None
    return 1 if network is None else len(network["availability_zones"])


def hostnames(store: Store, group: Body) -> list[str]:
    """The host name of each node of a group."""
    prefix = f"{edge_prefix(group['id'])}-{group['region']}"
    return [f"{prefix}-{number}" for number in range(_count(store, group))]


def online_hostnames(store: Store, group: Body) -> list[str]:
    """The host names of the nodes of a group that the admin API has not taken offline."""
    faults = dict(store.list(records.CLOUD, _faults_kind(group["_control_plane_id"])))
    return [
        hostname
        for hostname in hostnames(store, group)
        if faults.get(node_id(group, hostname), {}).get("last_ping") is None
    ]


def node_id(group: Body, hostname: str) -> str:
    """The id of a node of a group, by its host name, which ends with its number."""
    return records.fixed_id(f"node/{group['id']}/{hostname.rpartition('-')[2]}")


def names(store: Store, plane_id: str) -> dict[str, str]:
    """Id -> host name of the nodes of a control plane."""
    return {
        node_id(group, hostname): hostname
        for group in groups.of_control_plane(store, plane_id)
        for hostname in hostnames(store, group)
    }


def _running(store: Store, plane_id: str) -> Iterator[Body]:
    """The nodes of a control plane, including those whose records were deleted."""
    expected = _expected(store, plane_id)
    faults = dict(store.list(records.CLOUD, _faults_kind(plane_id)))
    now = store.clock.now()
    for group in groups.of_control_plane(store, plane_id):
        if not groups.has_nodes(group):
            continue
        version = group["_version"] or availability.VERSIONS[-1]
        for hostname in hostnames(store, group):
            id_ = node_id(group, hostname)
            fault = faults.get(id_, {})
            last_ping = fault.get("last_ping") or int(now)
            yield {
                "id": id_,
                "version": f"{version}.0.0",
                "hostname": hostname,
                "last_ping": last_ping,
                "type": "kong-proxy",
                "created_at": _epoch(group["created_at"]),
                "updated_at": last_ping,
                "config_hash": fault.get("config_hash") or expected["expected_hash"],
                "compatibility_status": {
                    "state": "COMPATIBILITY_STATE_FULLY_COMPATIBLE",
                    "issues": [],
                },
            }


def set_fault(
    store: Store, plane_id: str, node: str, *, online: bool = True, in_sync: bool = True
) -> None:
    """Take a node offline, or let it run another configuration than it should; or end that.

    ``node`` is its id or its host name. An offline node keeps the time of its last ping and the
    configuration that it has.
    """
    plane = find_control_plane(store, plane_id)
    found = next(
        (n for n in _running(store, plane["id"]) if node in (n["id"], n["hostname"])), None
    )
    if found is None:
        raise not_found(f"control plane {plane_id} has no node {node}")
    kind = _faults_kind(plane["id"])
    if online and in_sync:
        store.delete(records.CLOUD, kind, found["id"])
        return
    fault = {
        "last_ping": None if online else found["last_ping"],
        "config_hash": found["config_hash"] if in_sync else _NO_CONFIGURATION,
    }
    store.put(records.CLOUD, kind, found["id"], fault)


def _nodes(store: Store, plane_id: str) -> list[Body]:
    kind, now = _deleted_kind(plane_id), store.clock.now()
    deleted = {id_ for id_, body in store.list(records.CLOUD, kind) if body["_until"] > now}
    return [node for node in _running(store, plane_id) if node["id"] not in deleted]


def _find(store: Store, plane_id: str, node_id: str) -> Body:
    for node in _nodes(store, plane_id):
        if node["id"] == node_id.lower():
            return node
    raise not_found()


def _ending(node: Body, today: date) -> Body | None:
    """The end-of-life record of a node whose version is at or near the end of full support."""
    version = ".".join(node["version"].split(".")[:2])
    end = _END_OF_FULL_SUPPORT.get(version, date.min)
    if (end - today).days > NOTICE_DAYS:
        return None
    when = "has ended" if end < today else f"ends on {end.isoformat()}"
    message = f"Full support for version {version} {when}. Upgrade to {_LONG_TERM_SUPPORT} LTS."
    return {"node_id": node["id"], "node_version": node["version"], "message": message}


@router.get(_NODES)
def list_nodes(store: Store, control_plane_id: str, query: QueryParams, path: str) -> Body:
    """``list-dataplane-nodes``."""
    plane = find_control_plane(store, control_plane_id)
    return paging.counted(query, _nodes(store, plane["id"]), path)


@router.get(_NODES + "/eol")
def list_ending_nodes(store: Store, control_plane_id: str, query: QueryParams, path: str) -> Body:
    """``get-nodes-eol``, for the simulated date."""
    plane = find_control_plane(store, control_plane_id)
    today = datetime.fromtimestamp(store.clock.now(), UTC).date()
    ending = (_ending(node, today) for node in _nodes(store, plane["id"]))
    return paging.counted(query, [record for record in ending if record is not None], path)


@router.get(_NODES + "/{node_id}")
def get_node(store: Store, control_plane_id: str, node_id: str, query: QueryParams) -> Body:
    """``get-nodes-node_id``. Its ``size`` is checked, and means nothing for one node."""
    paging.core_size(query)
    plane = find_control_plane(store, control_plane_id)
    return {"item": _find(store, plane["id"], node_id)}


@router.delete(_NODES + "/{node_id}")
def delete_node(store: Store, control_plane_id: str, node_id: str) -> None:
    """``delete-nodes-node_id``; the node's next heartbeat recreates the record."""
    plane = find_control_plane(store, control_plane_id)
    node = _find(store, plane["id"], node_id)
    until = store.clock.now() + HEARTBEAT
    store.put(records.CLOUD, _deleted_kind(plane["id"]), node["id"], {"_until": until})


# The configuration that nodes should run


def _expected(store: Store, plane_id: str) -> Body:
    """The hash of all entities of a control plane and, for a group, of its members."""
    plane = find_control_plane(store, plane_id)
    created = _epoch(plane["created_at"])
    content: list[list[Body]] = []
    latest = created
    for id_ in (plane["id"], *members_of(store, plane["id"])):
        for collection in (*COLLECTIONS, links.MEMBERS):
            bodies = entities.every(store, id_, collection)
            content.append(bodies)
            for body in bodies:
                latest = max(latest, int(body.get("updated_at") or body["created_at"]))
    digest = hashlib.md5(
        json.dumps(content, sort_keys=True).encode(), usedforsecurity=False
    ).hexdigest()
    return {"expected_hash": digest, "created_at": created, "updated_at": latest}


@router.get(_PLANE + "/expected-config-hash")
def get_expected_config_hash(store: Store, control_plane_id: str) -> Body:
    """``get-expected-config-hash``: changes with every write to an entity."""
    return _expected(store, control_plane_id)


@router.get(_PLANE + "/expected-config-version")
def get_expected_config_version(store: Store, control_plane_id: str) -> Body:
    """``get-expected-config-version``: changes with the hash; its format is not documented."""
    expected = _expected(store, control_plane_id)
    version = f"v02_{expected['expected_hash'][:28]}"
    return {"expected_config_version": version, "created_at": expected["updated_at"]}
