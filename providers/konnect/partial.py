"""Partials: configuration that plugins share, `core-entities/partials`.

The partial of a control plane's managed cache is made by Konnect itself, so it is looked
up, never created. `port` and `auth_provider` are a number and an enum in Konnect's schema
and still must take a `{vault://...}` reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import pulumi
from pydantic import JsonValue

from providers.konnect.core_entity import CoreEntity, CoreEntityInputs, CoreEntityProvider
from providers.konnect.model import IMMUTABLE, SECRET, SERVER_DEFAULT, SUBSET

PartialType = Literal["redis-ce", "redis-ee", "vectordb", "embeddings", "model"]
MANAGED_TAG: Final = "konnect-managed"
"""The tag that Konnect's own partials carry."""
_REDIS_CE_ONLY: Final = frozenset({"timeout"})
_REDIS_EE_ONLY: Final = frozenset(
    {"connect_timeout", "read_timeout", "send_timeout", "keepalive_pool_size"}
    | {"keepalive_backlog", "connection_is_proxied", "cluster_nodes", "cluster_max_redirections"}
    | {"sentinel_master", "sentinel_nodes", "sentinel_role"}
    | {"sentinel_username", "sentinel_password"}
)


class GatewayPartialInputs(CoreEntityInputs):
    """`Partial`. Of ``config`` only the written keys are compared."""

    name: Annotated[str | None, SERVER_DEFAULT] = None
    type: Annotated[PartialType, IMMUTABLE]
    config: Annotated[dict[str, JsonValue], SUBSET, SECRET]

    def problems(self) -> Iterator[tuple[str, str]]:
        """The two Redis types have different timeouts and pools."""
        if self.type not in ("redis-ce", "redis-ee"):
            return
        foreign = _REDIS_EE_ONLY if self.type == "redis-ce" else _REDIS_CE_ONLY
        for key in sorted(foreign & self.config.keys()):
            yield "config", f"{key} does not exist for {self.type}"
        port = self.config.get("port")
        if isinstance(port, str) and not port.startswith("{vault://"):
            yield "config", "port is a number or a {vault://...} reference"
        elif isinstance(port, int) and not 0 <= port <= 65535:
            yield "config", f"port {port} is not 0 to 65535"


class GatewayPartialProvider(CoreEntityProvider[GatewayPartialInputs]):
    """CRUD of a partial."""

    Inputs = GatewayPartialInputs
    noun = "partial"
    segment = "partials"


class GatewayPartial(CoreEntity, module="konnect", name="GatewayPartial"):
    """`konnect_gateway_partial`. Source: `core-entities/partials`.

    ``type`` one of redis-ce redis-ee vectordb embeddings model; ``config`` a mapping as
    Konnect documents it for that type. Give credentials as Pulumi secrets: the whole
    ``config`` is then secret in state.
    """

    name: pulumi.Output[str]
    type: pulumi.Output[str]
    config: pulumi.Output[Mapping[str, Any]]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        type: pulumi.Input[str],
        config: pulumi.Input[Mapping[str, Any]],
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            "control_plane_id": control_plane_id,
            "name": name,
            "type": type,
            "config": config,
            "tags": tags,
            "adopt_existing_id": adopt_existing_id,
        }
        super().__init__(GatewayPartialProvider(), resource_name, inputs, opts)
