"""Helpers of several rules for Konnect's objects: clouds, versions, control planes.

A stack rule does not see the ids of Konnect objects: the id of a dynamic resource is not among its
properties, and before `up` it does not exist. So related resources are found by the dependencies
of a property, which the engine knows in a preview too. The value is used only if there are no
dependencies: the id is a literal, or comes from another stack.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import UnknownValueError

from policies import types
from policies.rule import name_of

MANAGED_CACHE_MIN_VERSION: Final = "3.13"
"""The oldest gateway version that can use a managed cache."""

REDIS_PARTIALS: Final = frozenset({"redis-ce", "redis-ee"})
"""Values of ``type`` of the partials that configure Redis."""

_CLOUDS: Final = {
    "aws": re.compile(r"[a-z]+(-[a-z]+)+-\d"),
    "gcp": re.compile(r"[a-z]+-[a-z]+\d+"),
    "azure": re.compile(r"[a-z]+\d*"),
}


def cloud_of(region: str) -> str | None:
    """The cloud of a region, by its spelling (AWS us-east-2, GCP us-east1, Azure eastus2).

    A gateway network names its cloud only by the id of a provider account. None for other text.
    """
    return next((cloud for cloud, spelt in _CLOUDS.items() if spelt.fullmatch(region)), None)


def release(version: str) -> tuple[int, ...]:
    """A gateway version as a tuple of numbers, for comparisons: ``3.9`` is before ``3.13``."""
    return tuple(int(part) for part in version.split("."))


class ControlPlanes:
    """The control plane of each resource of a stack.

    A control plane is identified by its URN if it is in the stack, otherwise by its id.
    """

    def __init__(self, resources: Sequence[PolicyResource]) -> None:
        self._urns: dict[str, str] = {}
        for resource in resources:
            urn = self._along_dependencies(resource)
            if urn is not None:
                try:
                    self._urns[_written(resource)] = urn
                except UnknownValueError:
                    continue  # The id is unknown, so no other resource can name it by its id.

    def of(self, resource: PolicyResource) -> str:
        """The control plane of a resource. Raises the SDK's UnknownValueError if it is unknown."""
        found = self._along_dependencies(resource)
        if found is not None:
            return found
        id_ = _written(resource)
        return self._urns.get(id_, id_)

    def _along_dependencies(self, resource: PolicyResource) -> str | None:
        found: set[str | None] = set()
        for one in resource.property_dependencies.get(_key(resource), ()):
            if one.resource_type == types.CONTROL_PLANE:
                found.add(one.urn)
            elif one.resource_type.startswith(types.KONNECT):
                found.add(self._along_dependencies(one))
        found.discard(None)
        return found.pop() if len(found) == 1 else None


def called(control_plane: str) -> str:
    """The name of a control plane in messages: its logical name, or its id."""
    return f"control plane {name_of(control_plane)}"


def groups_of(configuration: PolicyResource) -> Sequence[Any]:
    """The data plane groups in a configuration's inputs."""
    return configuration.props.get("dataplane_groups") or ()


def _key(resource: PolicyResource) -> str:
    return "owner" if resource.resource_type == types.ADDON else "control_plane_id"


def _written(resource: PolicyResource) -> str:
    """The id of the control plane in a resource's properties.

    An add-on names its owner under another key. That owner may be a control plane group.
    """
    if resource.resource_type != types.ADDON:
        return str(resource.props.get("control_plane_id", ""))
    owner = resource.props.get("owner") or {}
    return str(owner.get("control_plane_id") or owner.get("control_plane_group_id") or "")
