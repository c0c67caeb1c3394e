"""Gateway upstreams: host names that load-balance over targets, `core-entities/upstreams`.

Konnect completes ``healthchecks`` with defaults, so only the keys that are given are compared.
Its values are checked at preview, by the bounds in Konnect's document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import pulumi
from pydantic import Field

from providers.base.model import SUBSET
from providers.konnect.core_entities.base import (
    CoreEntity,
    CoreEntityInputs,
    CoreEntityProvider,
    Reference,
)
from providers.konnect.core_entities.health_checks import HealthChecks, UrlPath

Algorithm = Literal[
    "consistent-hashing", "latency", "least-connections", "round-robin", "sticky-sessions"
]
HashInput = Literal[
    "consumer", "cookie", "header", "ip", "none", "path", "query_arg", "uri_capture"
]
_UNLIKE_ITSELF: Final = ("consumer", "ip", "path")
"""Hash inputs that cannot be their own fallback: a request has only one of each."""


class GatewayUpstreamInputs(CoreEntityInputs):
    """`Upstream`. The defaults are Kong's own."""

    name: Annotated[str, Field(min_length=1)]
    algorithm: Algorithm = "round-robin"
    client_certificate: Reference | None = None
    hash_on: HashInput = "none"
    hash_on_cookie: str | None = None
    hash_on_cookie_path: UrlPath = "/"
    hash_on_header: str | None = None
    hash_on_query_arg: Annotated[str | None, Field(min_length=1)] = None
    hash_on_uri_capture: Annotated[str | None, Field(min_length=1)] = None
    hash_fallback: HashInput = "none"
    hash_fallback_header: str | None = None
    hash_fallback_query_arg: Annotated[str | None, Field(min_length=1)] = None
    hash_fallback_uri_capture: Annotated[str | None, Field(min_length=1)] = None
    healthchecks: Annotated[HealthChecks, SUBSET] = HealthChecks()
    host_header: str | None = None
    slots: Annotated[int, Field(ge=10, le=65536)] = 10000
    sticky_sessions_cookie: str | None = None
    sticky_sessions_cookie_path: UrlPath = "/"
    use_srv_name: bool = False

    def problems(self) -> Iterator[tuple[str, str]]:
        """Hash inputs need their names, and the fallback must be able to take effect."""
        for side in ("hash_on", "hash_fallback"):
            source = getattr(self, side)
            # ``hash_on`` and ``hash_fallback`` share one cookie.
            name = "hash_on_cookie" if source == "cookie" else f"{side}_{source}"
            if name in type(self).model_fields and getattr(self, name) is None:
                yield name, f"is required when {side} is {source!r}"
        if self.hash_fallback != "none" and self.hash_on in ("none", "cookie"):
            yield "hash_fallback", f"is not allowed when hash_on is {self.hash_on!r}"
        if self.hash_fallback == self.hash_on and self.hash_on in _UNLIKE_ITSELF:
            yield "hash_fallback", f"is {self.hash_on!r}, the same as hash_on; write another source"


class GatewayUpstreamProvider(CoreEntityProvider[GatewayUpstreamInputs]):
    """CRUD of an upstream."""

    Inputs = GatewayUpstreamInputs
    noun = "upstream"
    segment = "upstreams"


class GatewayUpstream(CoreEntity, module="konnect", name="GatewayUpstream"):
    """An upstream (`konnect_gateway_upstream`).

    ``name`` is the ``host`` of a service. ``algorithm`` is one of consistent-hashing latency
    least-connections round-robin sticky-sessions (default round-robin). ``slots`` is 10 to 65536
    (default 10000).

    ``hash_on`` and ``hash_fallback`` are each one of consumer cookie header ip none path
    query_arg uri_capture (default none). header, query_arg and uri_capture need a name, as in
    ``hash_on_header`` or ``hash_fallback_header``; cookie always needs ``hash_on_cookie``.
    ``hash_fallback`` is refused if ``hash_on`` is none or cookie, or if both are consumer, ip or
    path.

    ``healthchecks`` is a mapping of ``active``, ``passive`` and ``threshold`` (percent), as in
    the Terraform provider. Intervals and timeouts are in seconds; 0 switches a check off. The
    functions of `health_checks` write it: ``circuit_breaker(failures=5)``. If a probe's header
    holds a credential, give it as a Pulumi secret.
    Source: `core-entities/upstreams`.
    """

    name: pulumi.Output[str]
    algorithm: pulumi.Output[str]
    client_certificate: pulumi.Output[Mapping[str, str] | None]
    hash_on: pulumi.Output[str]
    hash_on_cookie: pulumi.Output[str | None]
    hash_on_cookie_path: pulumi.Output[str]
    hash_on_header: pulumi.Output[str | None]
    hash_on_query_arg: pulumi.Output[str | None]
    hash_on_uri_capture: pulumi.Output[str | None]
    hash_fallback: pulumi.Output[str]
    hash_fallback_header: pulumi.Output[str | None]
    hash_fallback_query_arg: pulumi.Output[str | None]
    hash_fallback_uri_capture: pulumi.Output[str | None]
    healthchecks: pulumi.Output[Mapping[str, Any]]
    host_header: pulumi.Output[str | None]
    slots: pulumi.Output[int]
    sticky_sessions_cookie: pulumi.Output[str | None]
    sticky_sessions_cookie_path: pulumi.Output[str]
    use_srv_name: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        name: pulumi.Input[str],
        algorithm: pulumi.Input[str] | None = None,
        client_certificate: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        hash_on: pulumi.Input[str] | None = None,
        hash_on_cookie: pulumi.Input[str] | None = None,
        hash_on_cookie_path: pulumi.Input[str] | None = None,
        hash_on_header: pulumi.Input[str] | None = None,
        hash_on_query_arg: pulumi.Input[str] | None = None,
        hash_on_uri_capture: pulumi.Input[str] | None = None,
        hash_fallback: pulumi.Input[str] | None = None,
        hash_fallback_header: pulumi.Input[str] | None = None,
        hash_fallback_query_arg: pulumi.Input[str] | None = None,
        hash_fallback_uri_capture: pulumi.Input[str] | None = None,
        healthchecks: pulumi.Input[Mapping[str, Any]] | None = None,
        host_header: pulumi.Input[str] | None = None,
        slots: pulumi.Input[int] | None = None,
        sticky_sessions_cookie: pulumi.Input[str] | None = None,
        sticky_sessions_cookie_path: pulumi.Input[str] | None = None,
        use_srv_name: pulumi.Input[bool] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayUpstreamProvider(), resource_name, locals(), opts)
