"""Gateway routes: which requests go to a service, `core-entities/routes`.

If ``protocols`` is omitted, Konnect's default applies: `["https"]`. Kong's own default and the
Terraform provider's is http and https.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

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

_MATCHERS = ("paths", "hosts", "methods", "headers", "snis", "sources", "destinations")


class Address(Part):
    """A source or destination of a stream route."""

    ip: str | None = None
    port: Annotated[int | None, Field(ge=1, le=65535)] = None


class GatewayRouteInputs(CoreEntityInputs):
    """`Route`, of the traditional or the expressions flavor."""

    name: Annotated[str | None, SERVER_DEFAULT] = None
    service: Reference | None = None
    paths: SetOf[str] = []
    hosts: SetOf[str] = []
    methods: SetOf[Annotated[str, Field(pattern=r"^[A-Z]+$")]] = []
    headers: dict[str, SetOf[str]] = {}
    snis: SetOf[str] = []
    sources: SetOf[Address] = []
    destinations: SetOf[Address] = []
    expression: str | None = None
    priority: Annotated[int | None, SERVER_DEFAULT, Field(ge=0)] = None
    protocols: Annotated[SetOf[Protocol] | None, SERVER_DEFAULT] = None
    strip_path: bool = True
    preserve_host: bool = False
    path_handling: Annotated[Literal["v0", "v1"] | None, SERVER_DEFAULT] = None
    regex_priority: Annotated[int | None, SERVER_DEFAULT] = None
    https_redirect_status_code: Literal[301, 302, 307, 308, 426] = 426
    request_buffering: bool = True
    response_buffering: bool = True

    def problems(self) -> Iterator[tuple[str, str]]:
        """A route has either matchers or an expression, and only the fields of its flavor."""
        written = [name for name in _MATCHERS if getattr(self, name)]
        if self.expression is None and not written:
            yield "paths", f"a route needs one of: {', '.join(_MATCHERS)}, expression"
        if self.expression is not None and written:
            yield "expression", f"cannot be combined with {', '.join(written)}"
        if self.expression is None and self.priority is not None:
            yield "priority", "is allowed only for a route with an expression"
        if self.expression is not None and self.regex_priority is not None:
            yield "regex_priority", "is not allowed for a route with an expression"


class GatewayRouteProvider(CoreEntityProvider[GatewayRouteInputs]):
    """CRUD of a route."""

    Inputs = GatewayRouteInputs
    noun = "route"
    segment = "routes"

    def body(self, inputs: GatewayRouteInputs) -> dict[str, Any]:
        """The request body, without empty matchers: Kong refuses them."""
        body = super().body(inputs)
        for name in _MATCHERS:
            if not body.get(name):
                body.pop(name, None)
        return body


class GatewayRoute(CoreEntity, module="konnect", name="GatewayRoute"):
    """A route (`konnect_gateway_route`).

    ``service`` is ``{"id": service.id}``. Give either ``expression`` or at least one of
    ``paths hosts methods headers snis sources destinations``. All lists are sets. The default of
    ``protocols`` is Konnect's: https only. ``https_redirect_status_code`` is one of 301 302 307
    308 426. Source: `core-entities/routes`.
    """

    name: pulumi.Output[str]
    service: pulumi.Output[Mapping[str, str] | None]
    paths: pulumi.Output[Sequence[str]]
    hosts: pulumi.Output[Sequence[str]]
    methods: pulumi.Output[Sequence[str]]
    headers: pulumi.Output[Mapping[str, Sequence[str]]]
    snis: pulumi.Output[Sequence[str]]
    sources: pulumi.Output[Sequence[Mapping[str, Any]]]
    destinations: pulumi.Output[Sequence[Mapping[str, Any]]]
    expression: pulumi.Output[str | None]
    priority: pulumi.Output[int | None]
    protocols: pulumi.Output[Sequence[str]]
    strip_path: pulumi.Output[bool]
    preserve_host: pulumi.Output[bool]
    path_handling: pulumi.Output[str]
    regex_priority: pulumi.Output[int | None]
    https_redirect_status_code: pulumi.Output[int]
    request_buffering: pulumi.Output[bool]
    response_buffering: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        name: pulumi.Input[str] | None = None,
        service: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        paths: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        hosts: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        methods: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        headers: pulumi.Input[Mapping[str, pulumi.Input[Sequence[str]]]] | None = None,
        snis: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        sources: pulumi.Input[Sequence[Mapping[str, Any]]] | None = None,
        destinations: pulumi.Input[Sequence[Mapping[str, Any]]] | None = None,
        expression: pulumi.Input[str] | None = None,
        priority: pulumi.Input[int] | None = None,
        protocols: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        strip_path: pulumi.Input[bool] | None = None,
        preserve_host: pulumi.Input[bool] | None = None,
        path_handling: pulumi.Input[str] | None = None,
        regex_priority: pulumi.Input[int] | None = None,
        https_redirect_status_code: pulumi.Input[int] | None = None,
        request_buffering: pulumi.Input[bool] | None = None,
        response_buffering: pulumi.Input[bool] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayRouteProvider(), resource_name, locals(), opts)
