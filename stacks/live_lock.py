"""Refuses a lock of live gateways while clients do not come through the edge yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.entry.origin_lock import lock_name
from stacks.errors import Problem
from stacks.live import Live
from stacks.models import Settings


def is_locked(settings: Settings) -> bool:
    """Whether the settings ask gateways to refuse who does not come through an edge."""
    return (
        settings.entry is not None and settings.entry.edge is not None and settings.entry.edge.lock
    )


def lock_problems(
    gateway: str, settings: Settings, live: Live, plugins: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Iterator[Problem]:
    """A lock of control planes that serve, and have no plugin of it yet.

    ``plugins`` are Konnect's, by the id of their control plane. The plugin would be there before
    the names of the clients lead to the edge. So it is created disabled first.
    """
    if not is_locked(settings):
        return
    unlocked = [
        key
        for key, plane in sorted(live.planes.items())
        if lock_name(gateway) not in {one.get("instance_name") for one in plugins.get(plane.id, ())}
    ]
    if unlocked:
        wrong = (
            f"would lock the live gateways of {' and '.join(unlocked)}: until clients come through "
            "the edge, all their requests would get 403"
        )
        remedy = (
            "write lock: false, run `pulumi up`, wait until clients come through the edge, and "
            "write lock: true"
        )
        yield Problem(("entry", "edge", "lock"), wrong, remedy, value=True)
