"""Gateway services: the upstream APIs that routes forward to, `core-entities/services`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import pulumi
from pydantic import Field

from providers.base.model import SERVER_DEFAULT, Part, SetOf
from providers.konnect.core_entities.base import (
    CoreEntity,
    CoreEntityInputs,
    CoreEntityProvider,
    Protocol,
    Reference,
)

Milliseconds = Annotated[int, Field(ge=1, le=2147483646)]


class TlsSans(Part):
    """Names other than ``host`` that the upstream's certificate may have."""

    dnsnames: SetOf[str] = []
    uris: SetOf[str] = []


class GatewayServiceInputs(CoreEntityInputs):
    """`Service`. Timeouts are in milliseconds. The defaults are Kong's own."""

    name: Annotated[str | None, SERVER_DEFAULT] = None
    host: Annotated[str, Field(min_length=1)]
    protocol: Protocol = "http"
    port: Annotated[int, Field(ge=0, le=65535)] = 80
    path: Annotated[str | None, Field(pattern=r"^/")] = None
    connect_timeout: Milliseconds = 60000
    read_timeout: Milliseconds = 60000
    write_timeout: Milliseconds = 60000
    retries: Annotated[int, Field(ge=0, le=32767)] = 5
    enabled: bool = True
    tls_verify: bool | None = None
    tls_verify_depth: Annotated[int | None, Field(ge=0, le=64)] = None
    tls_sans: TlsSans | None = None
    ca_certificates: Annotated[SetOf[str] | None, SERVER_DEFAULT] = None
    client_certificate: Reference | None = None


class GatewayServiceProvider(CoreEntityProvider[GatewayServiceInputs]):
    """CRUD of a service."""

    Inputs = GatewayServiceInputs
    noun = "service"
    segment = "services"


class GatewayService(CoreEntity, module="konnect", name="GatewayService"):
    """A service (`konnect_gateway_service`).

    ``host`` is required. ``protocol`` is one of http https grpc grpcs tcp tls tls_passthrough
    udp ws wss (default http). ``port`` is 0 to 65535 (default 80). Timeouts are in milliseconds
    (default 60000). ``retries`` is 0 to 32767 (default 5). ``path`` starts with a slash.
    Source: `core-entities/services`.
    """

    name: pulumi.Output[str]
    host: pulumi.Output[str]
    protocol: pulumi.Output[str]
    port: pulumi.Output[int]
    path: pulumi.Output[str | None]
    connect_timeout: pulumi.Output[int]
    read_timeout: pulumi.Output[int]
    write_timeout: pulumi.Output[int]
    retries: pulumi.Output[int]
    enabled: pulumi.Output[bool]
    tls_verify: pulumi.Output[bool | None]
    tls_verify_depth: pulumi.Output[int | None]
    tls_sans: pulumi.Output[Mapping[str, Sequence[str]] | None]
    ca_certificates: pulumi.Output[Sequence[str]]
    client_certificate: pulumi.Output[Mapping[str, str] | None]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        host: pulumi.Input[str],
        name: pulumi.Input[str] | None = None,
        protocol: pulumi.Input[str] | None = None,
        port: pulumi.Input[int] | None = None,
        path: pulumi.Input[str] | None = None,
        connect_timeout: pulumi.Input[int] | None = None,
        read_timeout: pulumi.Input[int] | None = None,
        write_timeout: pulumi.Input[int] | None = None,
        retries: pulumi.Input[int] | None = None,
        enabled: pulumi.Input[bool] | None = None,
        tls_verify: pulumi.Input[bool] | None = None,
        tls_verify_depth: pulumi.Input[int] | None = None,
        tls_sans: pulumi.Input[Mapping[str, Any]] | None = None,
        ca_certificates: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        client_certificate: pulumi.Input[dict[str, pulumi.Input[str]]] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayServiceProvider(), resource_name, locals(), opts)
