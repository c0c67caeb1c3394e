"""Add-ons: the managed cache of a control plane or of a control plane group.

An owner has one add-on of a kind (else 400). Names are unique in an organisation (else 409).
An add-on has no state ``error`` and no ``terminated``; failures show per data-plane group.
When the cache of a control plane is ready, Konnect creates a partial for it. For a control
plane group it creates none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field
from starlette.datastructures import QueryParams

from sandbox.http import filters
from sandbox.http.bodies import Closed, Uuid, parse
from sandbox.http.problems import conflict, invalid, not_found
from sandbox.http.routing import Router
from sandbox.konnect import (
    access,
    availability,
    control_planes,
    durations,
    entities,
    features,
    groups,
    managed_cache,
    paging,
    quotas,
    records,
)
from sandbox.konnect.access import Caller
from sandbox.konnect.geos import GEOS, Geo
from sandbox.store import Body, Store

KIND = "managed-cache.v0"
STATES = ("initializing", "ready", "terminating")
_WHOLE = "add-on"
"""The timer of the add-on itself; the other timers are those of its groups."""
_TIER = "config.capacity_config.tier"


class PlaneOwner(Closed):
    """A control plane as owner."""

    kind: Literal["control-plane"]
    control_plane_id: Uuid
    control_plane_geo: Geo


class GroupOwner(Closed):
    """A control plane group as owner."""

    kind: Literal["control-plane-group"]
    control_plane_group_id: Uuid
    control_plane_group_geo: Geo


class Capacity(Closed):
    """The size of the cache, as a tier."""

    kind: Literal["tiered"]
    tier: Literal[
        "micro",
        "small",
        "medium",
        "large",
        "xlarge",
        "2xlarge",
        "4xlarge",
        "8xlarge",
        "12xlarge",
        "16xlarge",
        "24xlarge",
    ]


class CacheConfig(Closed):
    """The settings of a managed cache."""

    kind: Literal["managed-cache.v0"]
    capacity_config: Capacity


class CreateAddOn(Closed):
    """Body of ``create-add-on``."""

    name: Annotated[str, Field(min_length=1, max_length=70)]
    owner: Annotated[PlaneOwner | GroupOwner, Field(discriminator="kind")]
    config: CacheConfig


class UpdateAddOn(Closed):
    """Body of ``update-add-on``."""

    config: CacheConfig


router = Router()

_GEO = filters.choice(*GEOS)
_FILTERS = {
    "name": filters.TEXT,
    "state": filters.choice(*STATES),
    "config.kind": filters.choice(KIND),
    "owner.control_plane_id": filters.UUID,
    "owner.control_plane_geo": _GEO,
    "owner.control_plane_group_id": filters.UUID,
    "owner.control_plane_group_geo": _GEO,
}


def owner_id(add_on: Body) -> str:
    """The id of the control plane or group that owns an add-on."""
    owner = add_on["owner"]
    return str(owner.get("control_plane_id") or owner["control_plane_group_id"])


def _of_owner(store: Store, plane_id: str) -> Body | None:
    for add_on in records.every(store, records.ADD_ONS):
        if owner_id(add_on) == plane_id:
            return add_on
    return None


# Transitions


def step(store: Store, add_on: Body, at: float) -> None:
    """Apply the timers that are due: those of the groups first, then the add-on's own."""
    if add_on["state"] == "terminating":
        records.remove(store, records.ADD_ONS, add_on)
        return
    timers: dict[str, float] = add_on["_timers"]
    over = {name for name, when in timers.items() if when <= at}
    kept = []
    for entry in add_on["config"]["data_plane_groups"]:
        if entry["id"] in over and entry["state"] == "terminating":
            continue
        if entry["id"] in over:
            entry["state"] = "ready"
        kept.append(entry)
    add_on["config"]["data_plane_groups"] = kept
    add_on["_timers"] = {name: when for name, when in timers.items() if name not in over}
    if _WHOLE in over:
        add_on["state"] = "ready"
        if add_on["_cache_config_id"] is None:
            add_on["_cache_config_id"] = records.new_id(store, "partials")
    _publish(store, add_on, at)
    _save(store, add_on, at)


def _publish(store: Store, add_on: Body, at: float) -> None:
    """Update ``state_metadata`` and the automatic partial for the clouds in use."""
    id_ = add_on["_cache_config_id"]
    if id_ is None:
        return
    providers = {entry["provider"] for entry in add_on["config"]["data_plane_groups"]}
    metadata = managed_cache.state_metadata(id_, providers)
    if metadata == add_on["config"]["state_metadata"]:
        return
    add_on["config"]["state_metadata"] = metadata
    if add_on["owner"]["kind"] == "control-plane":
        body = managed_cache.partial(id_, providers)
        entities.put(store, owner_id(add_on), "partials", body, at=at)


def _save(store: Store, add_on: Body, at: float) -> None:
    due = min(add_on["_timers"].values(), default=None)
    records.change(store, records.ADD_ONS, add_on, at=at, due=due)


def groups_changed(store: Store, plane_id: str) -> None:
    """Create caches for the owner's new data-plane groups; delete those of deleted groups."""
    add_on = _of_owner(store, plane_id)
    if add_on is None or add_on["state"] == "terminating":
        return
    now = store.clock.now()
    actual = {g["id"]: g for g in groups.of_control_plane(store, plane_id)}
    entries = add_on["config"]["data_plane_groups"]
    known = {entry["id"] for entry in entries}
    changed = False
    for entry in entries:
        gone = actual.get(entry["id"], {"state": "terminating"})["state"] == "terminating"
        if gone and entry["state"] != "terminating":
            entry["state"] = "terminating"
            add_on["_timers"][entry["id"]] = now + durations.GROUP_TEARDOWN
            changed = True
    for id_, group in actual.items():
        if id_ not in known and group["state"] != "terminating":
            entries.append(_entry(group))
            add_on["_timers"][id_] = now + durations.CACHE_PROVISIONING
            changed = True
    if changed:
        _publish(store, add_on, now)
        _save(store, add_on, now)


def _entry(group: Body) -> Body:
    return {
        "id": group["id"],
        "cloud_gateway_network_id": group["cloud_gateway_network_id"],
        "provider": group["provider"],
        "region": group["region"],
        "state": "initializing",
        "state_metadata": {},
    }


def refuse_unsupported(store: Store, plane_id: str, providers: Sequence[str]) -> None:
    """Raise a 400 when the owner of a cache would get a group in a cloud without managed cache.

    Kong documents the refusal only for the other order: a cache created after such a group.
    """
    add_on = _of_owner(store, plane_id)
    if add_on is None or add_on["state"] == "terminating":
        return
    for index, provider in enumerate(providers):
        if provider not in managed_cache.PROVIDERS:
            reason = f"provider '{provider}' is not supported beside managed cache add-on"
            raise invalid(
                f"dataplane_groups.{index}.provider", "invalid", f"{reason} '{add_on['name']}'"
            )


# Requests


def _refuse_unfit_owner(store: Store, body: CreateAddOn) -> str:
    """The owner's id; raises a 400, 403, 404 or 409 when it may not have this add-on."""
    owner = body.owner
    if isinstance(owner, PlaneOwner):
        id_, geo, noun = owner.control_plane_id, owner.control_plane_geo, "Control plane"
    else:
        id_, geo = owner.control_plane_group_id, owner.control_plane_group_geo
        noun = "Control plane group"
    plane = control_planes.in_geo(store, id_, geo, noun=noun, prefix="Invalid owner: ")
    is_group = plane["config"]["cluster_type"] == control_planes.GROUP
    if is_group is not isinstance(owner, GroupOwner):
        raise not_found(f"Invalid owner: {noun} '{id_}' not found in geo '{geo}'")
    if is_group:
        control_planes.refuse_without_group_feature(store)
    for other in records.every(store, records.ADD_ONS):
        if other["name"] == body.name and other["state"] != "terminating":
            raise conflict("Add on property 'name' must be unique per org.")
    field = f"owner.{owner.kind.replace('-', '_')}_id"
    if _of_owner(store, id_) is not None:
        reason = f"{noun} '{id_}' already has an add-on of kind '{KIND}'."
        rest = f"Only one add-on of a kind is allowed per {noun.lower()}."
        raise invalid(field, "invalid", f"{reason} {rest}")
    serverless = plane["config"]["cluster_type"] == control_planes.SERVERLESS
    if serverless or not plane["config"]["cloud_gateway"]:
        raise invalid("owner", "invalid", f"{noun} '{id_}' has no dedicated cloud gateways.")
    _refuse_unfit_groups(store, id_)
    return id_


def _refuse_unfit_groups(store: Store, plane_id: str) -> None:
    for group in groups.of_control_plane(store, plane_id):
        if group["provider"] not in managed_cache.PROVIDERS:
            reason = f"Data plane group with ID '{group['id']}' has unsupported provider"
            rest = "Provider is not supported for managed cache add-ons."
            raise invalid("owner", "invalid", f"{reason} '{group['provider']}'. {rest}")
        version = group["_version"]
        if version is None or tuple(map(int, version.split("."))) < _FIRST_VERSION:
            reason = f"Data plane group with ID '{group['id']}' runs {version or 'serverless'}"
            raise invalid("owner", "invalid", f"{reason}; managed caches need 3.13 or later.")


_FIRST_VERSION = availability.FIRST_CACHE_VERSION


def _available(store: Store) -> list[str]:
    largest = quotas.limit(store, quotas.CACHE_SIZE)
    return [tier for tier, size in managed_cache.TIERS.items() if size <= largest]


@router.get("/cloud-gateways/add-ons")
def list_add_ons(store: Store, query: QueryParams, caller: Caller) -> Body:
    """``list-add-ons``: the add-ons that the caller may read."""
    tests = filters.read(query.multi_items(), _FILTERS)
    found = filters.select(records.every(store, records.ADD_ONS), tests)
    found = [a for a in found if caller.holds(access.ADD_ON_READERS, access.ADD_ONS, a["id"])]
    page = paging.numbered(query, found)
    return {**page, "data": [records.public(add_on) for add_on in page["data"]]}


@router.post("/cloud-gateways/add-ons", status=201)
def create_add_on(store: Store, raw: bytes) -> Body:
    """``create-add-on``."""
    if not features.enabled(store, features.ADD_ONS):
        raise not_found("Add-on functionality is not available")
    body = parse(CreateAddOn, raw)
    plane_id = _refuse_unfit_owner(store, body)
    tier = body.config.capacity_config.tier
    if tier not in _available(store):
        raise invalid(_TIER, "invalid", f"Cache tier '{tier}' is not available.")
    quotas.refuse_beyond(store, quotas.CACHES, adding=1)
    ready_at = store.clock.now() + durations.CACHE_PROVISIONING
    actual = [g for g in groups.of_control_plane(store, plane_id) if g["state"] != "terminating"]
    add_on = records.create(
        store,
        records.ADD_ONS,
        {
            "name": body.name,
            "owner": body.owner.model_dump(),
            "config": {
                **body.config.model_dump(),
                "data_plane_groups": [_entry(group) for group in actual],
                "state_metadata": {},
            },
            "state": "initializing",
            "_cache_config_id": None,
            "_timers": {_WHOLE: ready_at, **{group["id"]: ready_at for group in actual}},
        },
        due=ready_at,
    )
    return records.public(add_on)


@router.get("/cloud-gateways/add-ons/{add_on_id}")
def get_add_on(store: Store, add_on_id: str) -> Body:
    """``get-add-on``."""
    return records.public(_find(store, add_on_id))


@router.patch("/cloud-gateways/add-ons/{add_on_id}")
def update_add_on(store: Store, add_on_id: str, raw: bytes) -> Body:
    """``update-add-on``: a bigger tier. It applies at once and the cache stays online."""
    add_on = _find(store, add_on_id)
    proposed = parse(UpdateAddOn, raw).config.capacity_config.tier
    if add_on["state"] != "ready":
        raise invalid("id", "invalid", f"Add-on is {add_on['state']}.", source="path")
    current = add_on["config"]["capacity_config"]["tier"]
    if proposed == current:
        raise invalid(_TIER, "invalid", "Proposed tier is identical to existing tier.")
    if managed_cache.TIERS[proposed] < managed_cache.TIERS[current]:
        raise invalid(_TIER, "invalid", "Cache tier downgrade is not supported.")
    if proposed not in (available := _available(store)):
        reason = f"Cache tier '{proposed}' is not available. Available tiers: "
        rest = ". Please contact support or sales to select larger sizes."
        raise invalid(_TIER, "invalid", reason + ", ".join(available) + rest)
    now = store.clock.now()
    add_on["config"]["capacity_config"]["tier"] = proposed
    add_on["state"] = "initializing"
    add_on["_timers"][_WHOLE] = now + durations.CACHE_RESIZE
    for entry in add_on["config"]["data_plane_groups"]:
        if entry["state"] == "ready":
            entry["state"] = "initializing"
            add_on["_timers"][entry["id"]] = now + durations.CACHE_RESIZE
    _save(store, add_on, now)
    return records.public(add_on)


@router.delete("/cloud-gateways/add-ons/{add_on_id}")
def delete_add_on(store: Store, add_on_id: str) -> None:
    """``delete-add-on`` and its automatic partial; a 400 while plugins use that partial."""
    add_on = _find(store, add_on_id)
    if add_on["state"] == "terminating":
        raise invalid("id", "invalid", "Add-on is terminating.", source="path")
    cache_config_id = add_on["_cache_config_id"]
    linked = entities.linked_plugins(store, owner_id(add_on), cache_config_id)
    if linked:
        count = f"Managed cache add-on has {len(linked)} linked plugin(s)"
        reason = f"{count} that must be removed before deletion."
        rest = f"Cache config ID: '{cache_config_id}'."
        raise invalid("id", "invalid", f"{reason} {rest}", source="path")
    if cache_config_id is not None and add_on["owner"]["kind"] == "control-plane":
        entities.delete(store, owner_id(add_on), "partials", cache_config_id)
    for entry in add_on["config"]["data_plane_groups"]:
        entry["state"] = "terminating"
    add_on["_timers"] = {_WHOLE: store.clock.now() + durations.CACHE_TEARDOWN}
    add_on["state"] = "terminating"
    _save(store, add_on, store.clock.now())


def _find(store: Store, id_: str) -> Body:
    add_on = records.get(store, records.ADD_ONS, id_.lower())
    if add_on is None:
        raise not_found("The requested resource was not found.")
    return add_on
