"""Add-ons: `/v2/cloud-gateways/add-ons`. The only kind is the managed cache.

A cache is ready after about 15 minutes. Every data plane group has its own part of it. A cache can
grow in place but never shrink. Konnect refuses a second cache for the same owner, so every
replacement deletes the old one first. A control plane with a GCP group cannot own a cache (400).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, Final, Literal

import pulumi
from pydantic import Field

from providers.base import readiness
from providers.base.http import Json
from providers.base.model import IMMUTABLE, Inputs, Part, Props, Returned
from providers.konnect.client import Client
from providers.konnect.cloud_gateways.base import (
    CloudGatewayObject,
    CloudGatewayProvider,
    reason_of,
)
from providers.konnect.crud import GONE_STATES, plane_is_marked
from providers.konnect.ownership import Owner
from providers.konnect.resource import CloudGatewayResource, by_id, shared_collection
from providers.konnect.vocabulary import CacheTier, Geo

PATH: Final = "/v2/cloud-gateways/add-ons"
READY_TIMEOUT: Final = 2700.0
"""Seconds. Kong says about 15 minutes."""


class ControlPlaneOwner(Part):
    """The control plane whose groups use the cache."""

    kind: Literal["control-plane"] = "control-plane"
    control_plane_id: str
    control_plane_geo: Geo


class ControlPlaneGroupOwner(Part):
    """The control plane group whose members use the cache."""

    kind: Literal["control-plane-group"] = "control-plane-group"
    control_plane_group_id: str
    control_plane_group_geo: Geo


class Tiered(Part):
    """The capacity of a cache as a tier."""

    kind: Literal["tiered"] = "tiered"
    tier: CacheTier


class ManagedCacheConfig(Part):
    """The configuration of a managed cache."""

    kind: Literal["managed-cache.v0"] = "managed-cache.v0"
    capacity_config: Tiered


class CloudGatewayAddonInputs(Inputs):
    """The inputs of an add-on: `CreateAddOnRequest`."""

    name: Annotated[str, IMMUTABLE, Field(min_length=1, max_length=70)]
    owner: Annotated[
        ControlPlaneOwner | ControlPlaneGroupOwner, IMMUTABLE, Field(discriminator="kind")
    ]
    config: ManagedCacheConfig


class AddonGroup(Returned):
    """The part of an add-on in one data plane group."""

    id: str
    cloud_gateway_network_id: str = ""
    provider: str
    region: str
    state: str
    """``initializing``, ``ready``, ``error`` or ``terminating``."""
    state_metadata: dict[str, Any] = {}

    @property
    def error_reason(self) -> str:
        """Why the state is ``error``. Empty in other states."""
        return str(self.state_metadata.get("error_reason") or "")


class CacheReferences(Returned):
    """How data planes reach a managed cache: ``config.state_metadata`` of a ready add-on.

    Each value is a reference such as ``{vault://env/ADDON_MANAGED_CACHE_HOST}``, which every data
    plane resolves for itself.
    """

    cache_config_id: str
    cache_host: str
    cache_port: str
    cache_username: str
    cache_server_name: str
    cloud_authentication: dict[str, str | None] = {}
    """``auth_provider`` and the fields of the clouds that the cache is in."""


class Addon(CloudGatewayObject):
    """An add-on that is ready in every data plane group."""

    name: str
    state: str
    owner: dict[str, Any] = {}
    config: dict[str, Any]

    @property
    def cache_config_id(self) -> str:
        """The id of the Redis partial that Konnect created for the owning control plane."""
        return str(self.config["state_metadata"]["cache_config_id"])

    @property
    def references(self) -> CacheReferences:
        """How data planes reach the cache."""
        return CacheReferences.model_validate(self.config["state_metadata"])

    @property
    def data_plane_groups(self) -> tuple[AddonGroup, ...]:
        """The data plane groups of the add-on, each with its state."""
        groups = self.config.get("data_plane_groups") or ()
        return tuple(AddonGroup.model_validate(group) for group in groups)


def judge(item: Json) -> readiness.Verdict[Addon]:
    """Ready when the add-on and all its groups are ready. A failure shows only in a group."""
    groups = item["config"].get("data_plane_groups") or []
    behind = [group for group in groups if group["state"] != "ready"]
    if item["state"] == "ready" and not behind:
        return readiness.Ready(Addon.model_validate(item))
    failed = item["state"] in GONE_STATES or any(group["state"] == "error" for group in groups)
    detail = ", ".join(f"{g['provider']} {g['region']} {g['state']}" for g in behind)
    reasons = "; ".join(filter(None, (reason_of(group) for group in behind)))
    state = item["state"] if item["state"] != "ready" or not detail else detail
    kind = readiness.Failed if failed else readiness.Waiting
    return kind(state, reasons)


def _as_it_is(item: Json) -> readiness.Verdict[Addon]:
    return readiness.Ready(Addon.model_validate(item))


class CloudGatewayAddonProvider(CloudGatewayProvider[CloudGatewayAddonInputs]):
    """CRUD of an add-on. A delete waits, because its data plane groups are deleted next."""

    Inputs = CloudGatewayAddonInputs
    noun = "add-on"
    segment = "add-ons"
    natural_key = ()  # One per owner, so a replacement deletes the old one first.

    def find(self, client: Client, inputs: CloudGatewayAddonInputs) -> Json | None:
        return self.living(client, PATH, inputs.name)

    def marked(
        self, client: Client, remote: Json, inputs: CloudGatewayAddonInputs, owner: Owner
    ) -> bool:
        """Whether the owner created the control plane, or control plane group, of the add-on."""
        if isinstance(inputs.owner, ControlPlaneOwner):
            return plane_is_marked(client, inputs.owner.control_plane_id, owner)
        return plane_is_marked(client, inputs.owner.control_plane_group_id, owner)

    def forbidden_changes(self, olds: Props, news: Props) -> Iterator[tuple[str, str]]:
        """A lower tier is an error: Konnect refuses it, and a replacement would lose the data."""
        old, new = _tier(olds), _tier(news)
        if old is not None and new is not None and new.rank < old.rank:
            yield (
                "config",
                f"the tier of add-on {news.get('name')!r} cannot be lowered from {old} to {new}: "
                f"write tier {old}; for a smaller cache delete the add-on first, and with it "
                "all that the cache holds, and create it again",
            )

    def change(
        self, client: Client, id_: str, inputs: CloudGatewayAddonInputs, changed: Sequence[str]
    ) -> Json:
        body = inputs.model_dump(mode="json", include={"config"})
        return client.patch(self.path({}, id_), f"resizing add-on {inputs.name!r}", body)

    def judge(self, remote: Json) -> readiness.Verdict[Any]:
        return judge(remote)

    def remote_inputs(self, remote: Json) -> Json:
        config = remote.get("config") or {}
        known = {key: config.get(key) for key in ManagedCacheConfig.model_fields}
        return {**super().remote_inputs(remote), "config": known}


def _tier(props: Props) -> CacheTier | None:
    try:
        return CacheTier(props["config"]["capacity_config"]["tier"])
    except (KeyError, TypeError, ValueError):
        return None


def collection(client: Client, _: Any = None) -> readiness.Collection:
    """The collection of all add-ons of the organisation."""
    return shared_collection(client, PATH, "listing add-ons", by_id)


class CloudGatewayAddon(CloudGatewayResource, module="konnect", name="CloudGatewayAddon"):
    """An add-on: a managed cache. Terraform: `konnect_cloud_gateway_addon`.

    ``owner`` is a mapping whose ``kind`` is ``control-plane`` or ``control-plane-group``.
    ``config`` is ``{kind: managed-cache.v0, capacity_config: {kind: tiered, tier: small}}``. A
    higher tier is an update in place. A lower tier is an error. ``ready_timeout`` is in seconds
    (default 45 minutes). Source: `/v2/cloud-gateways/add-ons`.
    """

    name: pulumi.Output[str]
    owner: pulumi.Output[Mapping[str, Any]]
    config: pulumi.Output[Mapping[str, Any]]

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str],
        owner: pulumi.Input[Mapping[str, Any]],
        config: pulumi.Input[Mapping[str, Any]],
        ready_timeout: float = READY_TIMEOUT,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(CloudGatewayAddonProvider(), resource_name, locals(), opts)
        self._ready_timeout = ready_timeout
        self._label = f"add-on {resource_name}"

    @cached_property
    def expected(self) -> pulumi.Output[Addon]:
        """As ``ready``; in a preview, the add-on as it is now, even if the update resizes it.

        Konnect keeps the references to a cache when it is resized. So a preview knows what depends
        on them. Unknown before the first update, and until the add-on was ready once.
        """
        if pulumi.runtime.is_dry_run():
            return self._when(collection, judge, label=self._label, timeout=self._ready_timeout)
        return self.ready

    @cached_property
    def data_plane_groups(self) -> pulumi.Output[tuple[AddonGroup, ...]]:
        """The add-on's data plane groups with their states.

        An update waits until all are ready. A preview has the states of now.
        """
        if not pulumi.runtime.is_dry_run():
            return self.ready.apply(lambda ready: ready.data_plane_groups)
        return self._when(
            collection, _as_it_is, label=self._label, timeout=self._ready_timeout
        ).apply(lambda now: now.data_plane_groups)

    @cached_property
    def ready(self) -> pulumi.Output[Addon]:
        """The add-on, once it is ready in every data plane group.

        Raises FailedStateError or DeadlineError.
        """
        return self._when(
            collection,
            judge,
            label=self._label,
            timeout=self._ready_timeout,
            depends_on=[self.config],
        )
