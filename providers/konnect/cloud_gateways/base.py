"""The base of what comes and goes in Konnect's own time: `/v2/cloud-gateways/`.

A DELETE only begins the end of an object. It is refused (400) while the object is being set
up, and once more when the object is terminating already.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeVar

import pulumi
from pydantic import Field

from providers.base import model, readiness
from providers.base.errors import BadRequestError, NotFoundError
from providers.base.http import Json
from providers.base.model import IMMUTABLE, Inputs, Props
from providers.konnect.client import Client
from providers.konnect.crud import GONE_STATES, PlacedProvider
from providers.konnect.ownership import Owner
from providers.konnect.resource import CloudGatewayResource, by_id, shared_collection

M = TypeVar("M", bound=Inputs)
T = TypeVar("T")


def reason_of(item: Json) -> str:
    """Konnect's explanation of a state: ``state_metadata.reason`` or its reported status."""
    metadata = item.get("state_metadata") or {}
    said = (metadata.get("reported_status"), metadata.get("reason"), metadata.get("error_reason"))
    return ": ".join(str(part) for part in said if part)


def unready(item: Json) -> readiness.Waiting | readiness.Failed:
    """What an object is that is not ready: on its way there, failed, or on its way out."""
    failed = item["state"] == "error" or item["state"] in GONE_STATES
    kind = readiness.Failed if failed else readiness.Waiting
    return kind(item["state"], reason_of(item))


class CloudGatewayProvider(PlacedProvider[M]):
    """CRUD of an object with a lifecycle.

    A subclass says the input that people know it by (``title``), and the ``transitional``
    states, in which Konnect may refuse a DELETE that it takes later.
    """

    root = "/v2/cloud-gateways/"
    title: ClassVar[str] = "name"
    transitional: ClassVar[frozenset[str]] = frozenset()

    def called(self, inputs: M) -> str:
        return f"{self.noun} {getattr(inputs, self.title)!r}"

    def remove(self, client: Client, id_: str, props: Props) -> None:
        """Delete, and wait until it is gone: what it hangs on is deleted next.

        Konnect refuses a DELETE while the object is being set up, so that refusal is sat
        out and no other. The state alone does not tell: in GCP a peering that waits for the
        customer shows as being set up too, and would never be deleted if its state were
        awaited.
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
    """What everything has that hangs on a network."""

    network_id: Annotated[str, IMMUTABLE]
    name: Annotated[str, Field(min_length=1)]


N = TypeVar("N", bound=NetworkChildInputs)


class NetworkChildProvider(CloudGatewayProvider[N]):
    """CRUD of what hangs on a network. The resource id is Konnect's; the network's is an input.

    Two attachments to one and the same place cannot be, whatever their names: whatever
    replaces one on the same network comes after it.
    """

    natural_key = ("network_id",)

    def find(self, client: Client, inputs: N) -> Json | None:
        props = model.dump(inputs)
        match = self.living(client, self.path(props), inputs.name)
        return match and self.answered(match, props)

    def marked(self, client: Client, remote: Json, inputs: N, owner: Owner) -> bool:
        """By its own name, else by that of the network that it hangs on."""
        if super().marked(client, remote, inputs, owner):
            return True
        path = f"/v2/cloud-gateways/networks/{inputs.network_id}"
        network = client.get(path, "looking whose a cloud gateway network is")
        return owner.id in str(network["name"])

    def import_id(self, text: str) -> tuple[str, Props]:
        """Terraform's ``{"network_id": "...", "id": "..."}``, ``NETWORK_ID/ID``, or a bare id."""
        network_id, slash, id_ = text.partition("/")
        if slash and not text.lstrip().startswith("{"):
            return id_, {"network_id": network_id}
        return super().import_id(text)


class NetworkChild(CloudGatewayResource):
    """What the program sees of what hangs on a network."""

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
        """All of one network: Konnect lists them per network only."""
        action = f"listing the {self._children.noun}s of network {network_id}"
        path = self._children.path({"network_id": network_id})
        return shared_collection(client, path, action, by_id)

    def _until(
        self, judge: readiness.Judge[T], *customer_side: pulumi.Resource, advice: str = ""
    ) -> pulumi.Output[T]:
        """The judge's value; fails at once when the customer's side could not be made."""
        return self._when(
            self._collection,
            judge,
            label=self._label,
            timeout=self._ready_timeout,
            advice=advice,
            key=self.network_id,
            depends_on=[resource.urn for resource in customer_side],
        )
