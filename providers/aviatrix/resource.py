"""Base class of all Aviatrix resources in the program. They use their provider's connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from providers.aviatrix.client import Client, client_for
from providers.aviatrix.crud import AviatrixProvider
from providers.aviatrix.provider import Provider, connection_of
from providers.base.resource import RemoteResource


class AviatrixResource(RemoteResource[Client]):
    """An object of a controller in the program."""

    def __init__(
        self,
        provider: AviatrixProvider[Any],
        name: str,
        inputs: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        explicit = opts.provider if opts is not None else None
        mark = explicit.mark if isinstance(explicit, Provider) else None
        super().__init__(provider, name, {**inputs, "created_by": mark}, opts)

    def client(self) -> pulumi.Output[Client]:
        return connection_of(self).apply(client_for)
