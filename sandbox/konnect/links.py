"""Links between core entities: consumers in groups, plugins on partials."""

from __future__ import annotations

from starlette.datastructures import QueryParams

from sandbox.http.bodies import Open, parse
from sandbox.http.problems import not_found
from sandbox.http.routing import Router
from sandbox.konnect import entities, paging
from sandbox.konnect.control_planes import find_control_plane
from sandbox.konnect.core_plane import PlaneCollection, members_of, tagged, writable_plane
from sandbox.konnect.problems import DataConstraint
from sandbox.store import Body, Store


class AddConsumer(Open):
    """Body of ``add-consumer-to-group``: an id or a username."""

    consumer: str


class AddGroup(Open):
    """Body of ``add-consumer-to-specific-consumer-group``: an id or a name."""

    group: str


router = Router()

_BASE = "/control-planes/{control_plane_id}/core-entities"
MEMBERS = "group-members"


def _entity(store: Store, plane_id: str, collection: str, key: str) -> Body:
    body = PlaneCollection(store, plane_id, collection).find(key)
    if body is None:
        raise not_found()
    return body


def _pair(store: Store, plane_id: str, group_key: str, consumer_key: str) -> tuple[Body, Body]:
    group = _entity(store, plane_id, "consumer_groups", group_key)
    return group, _entity(store, plane_id, "consumers", consumer_key)


def _join(store: Store, plane_id: str, group: Body, consumer: Body) -> None:
    id_ = f"{group['id']}:{consumer['id']}"
    if entities.get(store, plane_id, MEMBERS, id_) is not None:
        raise DataConstraint("consumer", "consumer (type: unique) constraint failed")
    link = {"id": id_, "consumer_group_id": group["id"], "consumer_id": consumer["id"]}
    entities.put(store, plane_id, MEMBERS, link)


def _groups_of(store: Store, plane_id: str, consumer_id: str) -> list[Body]:
    found = (
        entities.get(store, plane_id, "consumer_groups", link["consumer_group_id"])
        for link in entities.every(store, plane_id, MEMBERS)
        if link["consumer_id"] == consumer_id
    )
    return [group for group in found if group is not None]


def _leave(store: Store, plane_id: str, *, group: str | None, consumer: str | None) -> None:
    for link in entities.every(store, plane_id, MEMBERS):
        group_left = group in (None, link["consumer_group_id"])
        if group_left and consumer in (None, link["consumer_id"]):
            entities.delete(store, plane_id, MEMBERS, link["id"])


@router.get(_BASE + "/consumer_groups/{group}/consumers")
def list_consumers_for_consumer_group(
    store: Store, control_plane_id: str, group: str, query: QueryParams, path: str
) -> Body:
    """``list-consumers-for-consumer-group``."""
    plane_id = find_control_plane(store, control_plane_id)["id"]
    found = members_of(store, plane_id, _entity(store, plane_id, "consumer_groups", group)["id"])
    return paging.offsets(query, tagged(found, query.get("tags", "")), path)


@router.post(_BASE + "/consumer_groups/{group}/consumers", status=201)
def add_consumer_to_group(store: Store, control_plane_id: str, group: str, raw: bytes) -> Body:
    """``add-consumer-to-group``."""
    plane_id = writable_plane(store, control_plane_id)
    found, consumer = _pair(store, plane_id, group, parse(AddConsumer, raw).consumer)
    _join(store, plane_id, found, consumer)
    return {"consumer_group": found, "consumers": [consumer]}


@router.delete(_BASE + "/consumer_groups/{group}/consumers")
def remove_all_consumers_from_consumer_group(
    store: Store, control_plane_id: str, group: str
) -> None:
    """``remove-all-consumers-from-consumer-group``."""
    plane_id = writable_plane(store, control_plane_id)
    found = _entity(store, plane_id, "consumer_groups", group)
    _leave(store, plane_id, group=found["id"], consumer=None)


@router.delete(_BASE + "/consumer_groups/{group}/consumers/{consumer}")
def remove_consumer_from_group(
    store: Store, control_plane_id: str, group: str, consumer: str
) -> None:
    """``remove-consumer-from-group``."""
    plane_id = writable_plane(store, control_plane_id)
    found, member = _pair(store, plane_id, group, consumer)
    _leave(store, plane_id, group=found["id"], consumer=member["id"])


@router.get(_BASE + "/consumers/{consumer}/consumer_groups")
def list_consumer_groups_for_consumer(
    store: Store, control_plane_id: str, consumer: str, query: QueryParams, path: str
) -> Body:
    """``list-consumer-groups-for-consumer``."""
    plane_id = find_control_plane(store, control_plane_id)["id"]
    found = _groups_of(store, plane_id, _entity(store, plane_id, "consumers", consumer)["id"])
    return paging.offsets(query, tagged(found, query.get("tags", "")), path)


@router.post(_BASE + "/consumers/{consumer}/consumer_groups", status=201)
def add_consumer_to_specific_consumer_group(
    store: Store, control_plane_id: str, consumer: str, raw: bytes
) -> Body:
    """``add-consumer-to-specific-consumer-group``."""
    plane_id = writable_plane(store, control_plane_id)
    group, member = _pair(store, plane_id, parse(AddGroup, raw).group, consumer)
    _join(store, plane_id, group, member)
    return {"consumer": member, "consumer_groups": _groups_of(store, plane_id, member["id"])}


@router.delete(_BASE + "/consumers/{consumer}/consumer_groups")
def remove_consumer_from_all_consumer_groups(
    store: Store, control_plane_id: str, consumer: str
) -> None:
    """``remove-consumer-from-all-consumer-groups``."""
    plane_id = writable_plane(store, control_plane_id)
    member = _entity(store, plane_id, "consumers", consumer)
    _leave(store, plane_id, group=None, consumer=member["id"])


@router.delete(_BASE + "/consumers/{consumer}/consumer_groups/{group}")
def remove_consumer_from_consumer_group(
    store: Store, control_plane_id: str, consumer: str, group: str
) -> None:
    """``remove-consumer-from-consumer-group``."""
    plane_id = writable_plane(store, control_plane_id)
    found, member = _pair(store, plane_id, group, consumer)
    _leave(store, plane_id, group=found["id"], consumer=member["id"])


@router.get(_BASE + "/partials/{partial_id}/links")
def list_partial_links(
    store: Store, control_plane_id: str, partial_id: str, query: QueryParams, path: str
) -> Body:
    """``list-partial-link``: the plugins that use a partial, and their count."""
    plane_id = find_control_plane(store, control_plane_id)["id"]
    partial = _entity(store, plane_id, "partials", partial_id)
    linked = entities.linked_plugins(store, plane_id, partial["id"])
    shown = [
        {
            "id": plugin["id"],
            "name": plugin["name"],
            **({"instance_name": plugin["instance_name"]} if "instance_name" in plugin else {}),
        }
        for plugin in tagged(linked, query.get("tags", ""))
    ]
    return {"count": len(shown), **paging.offsets(query, shown, path)}
