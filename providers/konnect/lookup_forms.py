"""The two forms of a look-up, and the choice of one object among several.

The plain form takes a connection and blocks. The `_output` form takes the program's provider and
returns an output, which is unknown if an argument is unknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import pulumi

from providers.base.errors import ProviderError
from providers.konnect.client import Connection
from providers.konnect.provider import Provider, ambient_connection

T = TypeVar("T")


class Named(Protocol):
    """An object with an id and a name."""

    @property
    def id(self) -> str:
        """The id."""

    @property
    def name(self) -> str:
        """The name."""


N = TypeVar("N", bound=Named)


def connection_for(provider: Provider | None) -> pulumi.Output[Connection]:
    """The connection of a provider, or that of the configuration and environment."""
    return ambient_connection() if provider is None else provider.connection


def looked_up(
    look: Callable[..., T], provider: Provider | None, **arguments: Any
) -> pulumi.Output[T]:
    """A look-up as an output. It runs in a thread, so the program continues."""

    async def run(values: list[Any]) -> T:
        connection, given = values
        return await asyncio.to_thread(look, connection, **given)

    return pulumi.Output.all(connection_for(provider), arguments).apply(run)


def only(found: Sequence[N], wanted: str, there: Sequence[N]) -> N:
    """The only object in ``found``. Otherwise raises ProviderError that lists the candidates."""
    if len(found) == 1:
        return found[0]
    candidates = ", ".join(sorted(f"{item.name} ({item.id})" for item in found or there))
    if found:
        raise ProviderError(f"there is more than one {wanted}: {candidates}")
    raise ProviderError(f"there is no {wanted}; there are: {candidates or 'none'}")
