"""Pulumi resources for remote objects: typed outputs, secrets, and readiness.

This code runs in the program. The provider process runs `crud`. State refers to nothing here.
"""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

import pulumi
from pulumi import dynamic
from pulumi.output import UNKNOWN

from providers.base import model, readiness
from providers.base.crud import CrudProvider
from providers.base.errors import ProviderError
from providers.base.http import HttpClient

T = TypeVar("T")
C = TypeVar("C", bound=HttpClient)


class RemoteResource(dynamic.Resource, Generic[C]):
    """A remote object in the program: typed outputs, and its readiness.

    Every output that is annotated on the class is set after creation. Values that the service
    sets later are in ``ready``. Credentials are always Pulumi secrets, even if the program wrote
    them in clear.
    """

    secret_outputs: ClassVar[tuple[str, ...]] = ()
    """Outputs with credentials that the service creates, in addition to credential inputs."""

    def __init__(
        self,
        provider: CrudProvider[Any, C],
        name: str,
        inputs: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        """Register the resource.

        ``inputs`` may hold other keys than the fields of the provider's model, so a constructor
        can pass its ``locals()``. Other keys are ignored.
        """
        outputs = dict.fromkeys(output_names(type(self)))
        credentials = provider.Inputs.named(*model.CREDENTIALS)
        written = {
            key: pulumi.Output.secret(value) if key in credentials and value is not None else value
            for key, value in inputs.items()
            if key in provider.Inputs.model_fields
        }
        timeouts = opts.custom_timeouts if opts else None
        if timeouts is not None and timeouts.delete is not None:
            written["delete_timeout"] = seconds(timeouts.delete)
        self._create_timeout = seconds(timeouts.create) if timeouts and timeouts.create else None
        secret = pulumi.ResourceOptions(
            additional_secret_outputs=[*credentials, *self.secret_outputs]
        )
        opts = pulumi.ResourceOptions.merge(opts, secret)
        super().__init__(provider, name, {**outputs, **written}, opts)

    def client(self) -> pulumi.Output[C]:
        """The client of the resource's provider, for waits in the program."""
        raise NotImplementedError

    def _when(
        self,
        collection: Callable[[C, Any], readiness.Collection],
        judge: readiness.Judge[T],
        *,
        label: str,
        timeout: float,
        advice: str = "",
        key: pulumi.Input[Any] = None,
        depends_on: Sequence[pulumi.Input[Any]] = (),
    ) -> pulumi.Output[T]:
        """The judge's value, once the object is ready.

        A preview never waits: the output is known if the object is ready already, else unknown.
        ``timeout`` is in seconds. The resource option ``custom_timeouts.create`` has precedence.
        ``key`` is passed to ``collection`` (the parent's id, say). The wait needs the values in
        ``depends_on``: if one of them fails, the run ends at once.
        """

        limit = timeout if self._create_timeout is None else self._create_timeout

        async def wait(values: list[Any]) -> Any:
            id_, client, parent, *_ = values
            objects = collection(client, parent)
            if pulumi.runtime.is_dry_run():
                item = await objects.look(id_)
                verdict = judge(item) if item is not None else None
                if isinstance(verdict, readiness.Failed):
                    pulumi.log.warn(f"{label} ({id_}) has failed: {verdict}", self)
                return verdict.value if isinstance(verdict, readiness.Ready) else UNKNOWN
            log = readiness.progress(self)
            return await objects.wait(id_, label, judge, limit, advice, log)

        return pulumi.Output.all(self.id, self.client(), key, *depends_on).apply(wait)


_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(duration: str) -> float:
    """The seconds in a duration of ``custom_timeouts``, such as ``1h30m``.

    Raises ProviderError for a text that is not a duration. Source: Go's `time.ParseDuration`.
    """
    parts = re.findall(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)", duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise ProviderError(f"custom_timeouts: {duration!r} is no duration; write it like 1h30m")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def output_names(cls: type[RemoteResource[Any]]) -> list[str]:
    """The outputs annotated on a class and its bases, up to RemoteResource."""
    names: list[str] = []
    for base in cls.__mro__:
        if base is RemoteResource:
            break
        names += inspect.get_annotations(base)
    return names


class PerProgram(Generic[T]):
    """One value per program. The Automation API runs several programs in one process.

    Each program has its own event loop, and calls ``get`` inside it.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._values: dict[asyncio.AbstractEventLoop, T] = {}

    def get(self) -> T:
        """The value of the running program. It is made on the first call."""
        loop = asyncio.get_running_loop()
        if loop not in self._values:
            for closed in [other for other in self._values if other.is_closed()]:
                del self._values[closed]
            self._values[loop] = self._make()
        return self._values[loop]
