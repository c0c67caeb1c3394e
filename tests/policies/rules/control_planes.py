"""Made-up control planes with what hangs on them, as a preview shows them: ids are unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from policies import types
from tests.policies.runner import UNKNOWN, Resource, resource


def control_plane(name: str) -> Resource:
    return resource(types.CONTROL_PLANE, name, {"name": name})


def configuration(
    name: str, plane: str | None, *places: tuple[Any, Any], id: Any = UNKNOWN, **more: Any
) -> Resource:
    """``plane`` is the name of a control plane of the stack, None when only its id is known."""
    groups = [{"provider": cloud, "region": region} for cloud, region in places]
    props = {"control_plane_id": id, "version": "3.13", "dataplane_groups": groups, **more}
    return resource(types.CONFIGURATION, name, props, dependencies=_of(plane))


def addon(
    name: str, owner: str | None, *, id: Any = UNKNOWN, kind: str = "control-plane"
) -> Resource:
    """``owner`` is the name of a control plane, or of a configuration that was waited for."""
    props = {"owner": {"kind": kind, f"{kind.replace('-', '_')}_id": id}}
    return resource(types.ADDON, name, props, dependencies={"owner": [owner]} if owner else {})


def partial(
    name: str,
    plane: str | None,
    *,
    id: Any = UNKNOWN,
    type: Any = "redis-ee",
    redis: Sequence[str] = (),
) -> Resource:
    """``redis`` are the names of the resources that its host comes from."""
    props = {"control_plane_id": id, "type": type, "config": {"host": UNKNOWN}}
    return resource(types.PARTIAL, name, props, dependencies={**_of(plane), "config": redis})


def plugin(
    name: str,
    plane: str | None,
    *,
    config: Any,
    id: Any = UNKNOWN,
    partials: Any = None,
    caches: Sequence[str] = (),
    kind: str = "rate-limiting-advanced",
    redis: Sequence[str] = (),
) -> Resource:
    """``caches`` are the names of the resources that the ids of its partials come from.

    ``kind`` is Kong's name of the plugin. ``redis`` are the names of the resources that the
    address of a Redis in its config comes from.
    """
    props = {"control_plane_id": id, "name": kind, "config": config, "partials": partials}
    below = {**_of(plane), "partials": caches, "config": redis}
    return resource(types.PLUGIN, name, props, dependencies=below)


def membership(name: str, group: str, *members: str) -> Resource:
    """``members`` are the names of control planes."""
    props = {"control_plane_group_id": UNKNOWN, "members": [{"id": UNKNOWN}]}
    below = {"control_plane_group_id": [group], "members": members}
    return resource(types.MEMBERSHIP, name, props, dependencies=below)


def _of(plane: str | None) -> Mapping[str, Sequence[str]]:
    return {"control_plane_id": [plane]} if plane else {}
