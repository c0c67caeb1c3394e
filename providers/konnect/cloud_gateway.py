"""The base of what comes and goes in Konnect's own time: `/v2/cloud-gateways/`.

A DELETE only begins the end of an object. It is refused (400) while the object is being set
up, and once more when the object is terminating already.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, TypeVar

import pulumi
from pydantic import Field

from providers.konnect import model, readiness
from providers.konnect.client import Client
from providers.konnect.dynamic import (
    GONE_STATES,
    CloudGatewayResource,
    Json,
    KonnectResourceProvider,
    by_id,
    shared_collection,
)
from providers.konnect.errors import BadRequestError, KonnectError, NotFoundError
from providers.konnect.model import IMMUTABLE, Inputs, Props

DELETE_TIMEOUT: Final = 1800.0

M = TypeVar("M", bound=Inputs)
T = TypeVar("T")


def unready(item: Json) -> readiness.Waiting | readiness.Failed:
    """What an object is that is not ready: on its way there, failed, or on its way out."""
    failed = item["state"] == "error" or item["state"] in GONE_STATES
    kind = readiness.Failed if failed else readiness.Waiting
    return kind(item["state"], readiness.reason_of(item))


class CloudGatewayProvider(KonnectResourceProvider[M]):
    """CRUD of an object with a lifecycle.

    A subclass says the path ``segment``, with the ``parents`` of a nested object in braces,
    the input that people know it by (``title``), and the ``transitional`` states, in which
    Konnect may refuse a DELETE that it takes later.
    """

    segment: ClassVar[str]
    parents: ClassVar[tuple[str, ...]] = ()
    title: ClassVar[str] = "name"
    transitional: ClassVar[frozenset[str]] = frozenset()

    def path(self, props: Mapping[str, Any], id_: str = "") -> str:
        """The path of the collection, or of one of its objects."""
        path = f"/v2/cloud-gateways/{self.segment.format_map(props)}"
        return f"{path}/{id_}" if id_ else path

    def called(self, inputs: M) -> str:
        """The object in messages."""
        return f"{self.noun} {getattr(inputs, self.title)!r}"

    def body(self, inputs: M) -> Json:
        """The body of the POST."""
        return inputs.body(*self.parents)

    def answered(self, remote: Json, props: Mapping[str, Any]) -> Json:
        """An answer with what only the path tells."""
        return {**remote, **{name: props[name] for name in self.parents}}

    def post(self, client: Client, inputs: M) -> Json:
        props = model.dump(inputs)
        action = f"creating {self.called(inputs)}"
        return self.answered(client.post(self.path(props), action, self.body(inputs)), props)

    def fetch(self, client: Client, id_: str, props: Props) -> Json:
        action = f"reading {self.noun} {id_}"
        return self.answered(client.get(self.path(props, id_), action), props)

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

        readiness.until(refused, f"deleting {label}", DELETE_TIMEOUT)
        readiness.until(there, f"deleting {label}", DELETE_TIMEOUT)


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

    parents = ("network_id",)
    natural_key = ("network_id",)

    def find(self, client: Client, inputs: N) -> Json | None:
        props = model.dump(inputs)
        match = self.living(client, self.path(props), inputs.name)
        return match and self.answered(match, props)

    def import_id(self, text: str) -> tuple[str, Props]:
        """Terraform's: ``{"network_id": "...", "id": "..."}``; also ``network_id/id``."""
        if text.lstrip().startswith("{"):
            try:
                parts = json.loads(text)
                return str(parts["id"]), {"network_id": str(parts["network_id"])}
            except (ValueError, KeyError):
                pass
        elif text.count("/") == 1:
            network_id, id_ = text.split("/")
            return id_, {"network_id": network_id}
        raise KonnectError(
            f'adopt_existing_id {text!r} is not {{"network_id": "...", "id": "..."}} '
            "or NETWORK_ID/ID"
        )


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
