"""Made-up APIs, as a preview shows them: what is in the stack is referred to, and has no id yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from policies import types
from tests.policies.runner import UNKNOWN, Resource, resource

BASE = [
    resource(types.CONTROL_PLANE, "plane", {"name": "plane"}),
    resource(types.SERVICE, "orders", {"host": "orders.internal", "control_plane_id": UNKNOWN}),
]


def route(name: str, *, service: str | None = "orders", plane: str | None = "plane") -> Resource:
    """``service`` and ``plane`` are names of resources; what another stack has is id-something."""
    props, dependencies = _references(service=service, control_plane_id=plane)
    return resource(types.ROUTE, name, {"paths": ["/"], **props}, dependencies=dependencies)


def plugin(
    name: str,
    kind: str = "key-auth",
    *,
    route: str | None = None,
    service: str | None = None,
    plane: str | None = "plane",
    **more: Any,
) -> Resource:
    props, dependencies = _references(route=route, service=service, control_plane_id=plane)
    return resource(types.PLUGIN, name, {"name": kind, **props, **more}, dependencies=dependencies)


def _references(**written: str | None) -> tuple[Mapping[str, Any], Mapping[str, Sequence[str]]]:
    props, dependencies = {}, {}
    for prop, target in written.items():
        if target is None:
            continue
        elsewhere = target.startswith("id-") or target == UNKNOWN
        id_ = target if elsewhere else UNKNOWN
        props[prop] = id_ if prop == "control_plane_id" else {"id": id_}
        if not elsewhere:
            dependencies[prop] = [target]
    return props, dependencies
