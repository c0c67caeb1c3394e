"""What a program sees of every Konnect resource: typed outputs, secrets, and readiness.

The other half, what the provider process does, is in `dynamic`. Here is nothing that state
refers to.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

import pulumi
from pulumi import dynamic
from pulumi.output import UNKNOWN

from providers.base import model, readiness
from providers.base.crud import Json, KonnectResourceProvider
from providers.konnect.client import Client, client_for
from providers.konnect.provider import connection_of

T = TypeVar("T")


class KonnectResource(dynamic.Resource):
    """What the program sees of a Konnect object: typed outputs, and its readiness.

    Every output that is annotated on the class is there after creation; those that Konnect
    fills later come from the resource's ``ready``. Credentials are Pulumi secrets, whether
    they were written as such or not.
    """

    secret_outputs: ClassVar[tuple[str, ...]] = ()
    """Credentials that Konnect makes, beside those that are inputs."""

    def __init__(
        self,
        provider: KonnectResourceProvider[Any],
        name: str,
        inputs: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        outputs = dict.fromkeys(output_names(type(self)))
        credentials = provider.Inputs.named(*model.CREDENTIALS)
        written = {
            key: pulumi.Output.secret(value) if key in credentials and value is not None else value
            for key, value in inputs.items()
        }
        secret = pulumi.ResourceOptions(
            additional_secret_outputs=[*credentials, *self.secret_outputs]
        )
        opts = pulumi.ResourceOptions.merge(opts, secret)
        super().__init__(provider, name, {**outputs, **written}, opts)

    def _when(
        self,
        collection: Callable[[Client, Any], readiness.Collection],
        judge: readiness.Judge[T],
        *,
        label: str,
        timeout: float,
        advice: str = "",
        key: pulumi.Input[Any] = None,
        depends_on: Sequence[pulumi.Input[Any]] = (),
    ) -> pulumi.Output[T]:
        """The judge's value, once it is ready.

        In a preview it never waits: known when it is ready already, unknown otherwise.
        ``key`` is handed to ``collection`` (the parent's id, say), ``depends_on`` are values
        without which waiting is pointless: their failure ends the run at once.
        """

        async def wait(values: list[Any]) -> Any:
            id_, connection, parent, *_ = values
            objects = collection(client_for(connection), parent)
            if pulumi.runtime.is_dry_run():
                item = await objects.look(id_)
                verdict = judge(item) if item is not None else None
                if isinstance(verdict, readiness.Failed):
                    pulumi.log.warn(f"{label} ({id_}) has failed: {verdict}", self)
                return verdict.value if isinstance(verdict, readiness.Ready) else UNKNOWN
            log = readiness.progress(self)
            return await objects.wait(id_, label, judge, timeout, advice, log)

        everything = pulumi.Output.all(self.id, connection_of(self), key, *depends_on)
        return everything.apply(wait)


class CloudGatewayResource(KonnectResource):
    """What the program sees of everything below `/v2/cloud-gateways`: it has a lifecycle."""

    created_at: pulumi.Output[str]


def output_names(cls: type[KonnectResource]) -> list[str]:
    """The names annotated as outputs on the class itself, not on Pulumi's bases."""
    names: list[str] = []
    for base in cls.__mro__:
        if base is KonnectResource:
            break
        names += inspect.get_annotations(base)
    return names


class PerProgram(Generic[T]):
    """A value for each program of this process: the Automation API runs one after the other.

    A program has an event loop of its own, in which ``get`` is called.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._values: dict[asyncio.AbstractEventLoop, T] = {}

    def get(self) -> T:
        """The value of the program that is running."""
        loop = asyncio.get_running_loop()
        if loop not in self._values:
            for closed in [other for other in self._values if other.is_closed()]:
                del self._values[closed]
            self._values[loop] = self._make()
        return self._values[loop]


_collections: PerProgram[dict[tuple[Client, str], readiness.Collection]] = PerProgram(dict)


def shared_collection(
    client: Client, path: str, action: str, key: Callable[[Json], str], *, regional: bool = False
) -> readiness.Collection:
    """The one collection of this program for a list path, so that waits share its calls."""
    collections = _collections.get()
    if (client, path) not in collections:
        collections[client, path] = readiness.Collection(
            lambda: client.list_all(path, action, regional=regional), key
        )
    return collections[client, path]


def by_id(item: Json) -> str:
    """The key of most collections."""
    return str(item["id"])
