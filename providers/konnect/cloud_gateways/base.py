"""Base classes of objects below `/v2/cloud-gateways/`. They have a lifecycle.

A DELETE only starts the deletion. Konnect refuses it (400) while the object is initializing, and
when the object is already terminating.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeVar

import pulumi
from pydantic import Field

from providers.base import model, readiness
from providers.base.errors import BadRequestError, NotFoundError
from providers.base.http import Json
from providers.base.model import IMMUTABLE, Inputs, Props, Returned
from providers.konnect.client import Client
from providers.konnect.crud import GONE_STATES, PlacedProvider
from providers.konnect.ownership import Owner
from providers.konnect.resource import CloudGatewayResource, by_id, shared_collection

M = TypeVar("M", bound=Inputs)
T = TypeVar("T")


class CloudGatewayObject(Returned):
    """Fields of every object below `/v2/cloud-gateways/`, as Konnect returns them."""

    id: str
    entity_version: int = 0
    created_at: str = ""
    updated_at: str = ""


def reason_of(item: Json) -> str:
    """Konnect's explanation of a state, from ``state_metadata``. May be empty."""
    metadata = item.get("state_metadata") or {}
    said = (metadata.get("reported_status"), metadata.get("reason"), metadata.get("error_reason"))
    return ": ".join(str(part) for part in said if part)


def unready(item: Json) -> readiness.Waiting | readiness.Failed:
    """The verdict on an object that is not ready: Failed on error or deletion, else Waiting."""
    failed = item["state"] == "error" or item["state"] in GONE_STATES
    kind = readiness.Failed if failed else readiness.Waiting
    return kind(item["state"], reason_of(item))


class CloudGatewayProvider(PlacedProvider[M]):
    """CRUD of an object with a lifecycle.

    A subclass sets ``title``, the input that names the object in messages, and ``transitional``,
    the states in which Konnect may refuse a DELETE that it accepts later.
    """

    root = "/v2/cloud-gateways/"
    title: ClassVar[str] = "name"
    transitional: ClassVar[frozenset[str]] = frozenset()

    def called(self, inputs: M) -> str:
        return f"{self.noun} {getattr(inputs, self.title)!r}"

    def remove(self, client: Client, id_: str, props: Props) -> None:
        """Delete the object and wait until it is gone: its parent is deleted next.

        Konnect refuses a DELETE while the object is initializing. Only that refusal is retried. The
        state is not awaited instead, because a GCP peering that waits for the customer also shows
        as initializing, and such a wait would never end. Raises DeadlineError after the delete
        timeout.
        """
        label = f"{self.noun} {props.get(self.title)!r} ({id_})"

        def state() -> str | None:
            try:
                return str(self.fetch(client, id_, props)["state"])
            except NotFoundError:
                return None

        def refused() -> str | None:
            now = state()
            if now is None or now in GONE_STATES:
                return None
            try:
                self.send_delete(client, self.path(props, id_), label, id_, props)
            except BadRequestError:
                if now not in self.transitional:
                    raise
                return f"it is {now}"
            return None

        def there() -> str | None:
            now = state()
            return None if now in (None, "terminated") else f"it is {now}"

        readiness.until(refused, f"deleting {label}", self.delete_limit(props))
        readiness.until(there, f"deleting {label}", self.delete_limit(props))


class NetworkChildInputs(Inputs):
    """The inputs that all objects below a network have."""

    network_id: Annotated[str, IMMUTABLE]
    name: Annotated[str, Field(min_length=1)]


N = TypeVar("N", bound=NetworkChildInputs)


class NetworkChildProvider(CloudGatewayProvider[N]):
    """CRUD of an object below a network. The network's id is an input, not part of the id.

    Two attachments to the same place cannot exist at the same time, even with different names.
    So a replacement on the same network deletes the old object first.
    """

    natural_key = ("network_id",)

    def find(self, client: Client, inputs: N) -> Json | None:
        props = model.dump(inputs)
        match = self.living(client, self.path(props), inputs.name)
        return match and self.answered(match, props)

    def marked(self, client: Client, remote: Json, inputs: N, owner: Owner) -> bool:
        """Whether the object's name or its network's name contains the owner's id."""
        if super().marked(client, remote, inputs, owner):
            return True
        path = f"/v2/cloud-gateways/networks/{inputs.network_id}"
        network = client.get(path, "looking whose a cloud gateway network is")
        return owner.id in str(network["name"])

    def import_id(self, text: str) -> tuple[str, Props]:
        """Split Terraform's JSON of ``network_id`` and ``id``, ``NETWORK_ID/ID``, or a bare id."""
        network_id, slash, id_ = text.partition("/")
        if slash and not text.lstrip().startswith("{"):
            return id_, {"network_id": network_id}
        return super().import_id(text)


class NetworkChild(CloudGatewayResource):
    """An object below a network in the program."""

    network_id: pulumi.Output[str]
    name: pulumi.Output[str]

    def __init__(
        self,
        provider: NetworkChildProvider[Any],
        resource_name: str,
        inputs: Mapping[str, Any],
        ready_timeout: float,
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        super().__init__(provider, resource_name, inputs, opts)
        self._children = provider
        self._ready_timeout = ready_timeout
        self._label = f"{provider.noun} {resource_name}"

    def _collection(self, client: Client, network_id: str) -> readiness.Collection:
        return children(self._children, client, network_id)

    def _until(
        self, judge: readiness.Judge[T], *customer_side: pulumi.Resource, advice: str = ""
    ) -> pulumi.Output[T]:
        """The judge's value. Fails at once if a resource of ``customer_side`` fails."""
        return self._when(
            self._collection,
            judge,
            label=self._label,
            timeout=self._ready_timeout,
            advice=advice,
            key=self.network_id,
            depends_on=[resource.urn for resource in customer_side],
        )


def children(
    provider: PlacedProvider[Any], client: Client, network_id: str
) -> readiness.Collection:
    """The collection of one network. Konnect lists these objects only per network."""
    action = f"listing the {provider.noun}s of network {network_id}"
    return shared_collection(client, provider.path({"network_id": network_id}), action, by_id)
