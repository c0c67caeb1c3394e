"""Gateway upstreams: a host name behind which targets share the load, `core-entities/upstreams`.

Konnect fills the whole of `healthchecks` with defaults, so only its written keys are compared.
What is written below it is checked at preview: Konnect's document bounds every number there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import pulumi
from pydantic import Field

from providers.base.model import SUBSET, Part, SetOf
from providers.konnect.core_entities.base import (
    CoreEntity,
    CoreEntityInputs,
    CoreEntityProvider,
    Reference,
)

Algorithm = Literal[
    "consistent-hashing", "latency", "least-connections", "round-robin", "sticky-sessions"
]
HashInput = Literal[
    "consumer", "cookie", "header", "ip", "none", "path", "query_arg", "uri_capture"
]
CheckType = Literal["grpc", "grpcs", "http", "https", "tcp"]
UrlPath = Annotated[str, Field(pattern=r"^/([^/]+(/[^/]+)*/?)?$")]
Statuses = SetOf[Annotated[int, Field(ge=100, le=999)]]
Count = Annotated[int, Field(ge=0, le=255)]
Seconds = Annotated[int | float, Field(ge=0, le=65535)]

_UNLIKE_ITSELF: Final = ("consumer", "ip", "path")
"""Hash inputs that are no fallback of themselves: there is only one of each."""


class PassiveHealthy(Part):
    """What makes a target healthy: a status of a request that it answered."""

    http_statuses: Statuses | None = None
    successes: Count | None = None


class ActiveHealthy(PassiveHealthy):
    """What makes a target healthy: a probe, every ``interval`` seconds."""

    interval: Seconds | None = None


class PassiveUnhealthy(Part):
    """What makes a target unhealthy: so many failures of a kind."""

    http_failures: Count | None = None
    http_statuses: Statuses | None = None
    tcp_failures: Count | None = None
    timeouts: Count | None = None


class ActiveUnhealthy(PassiveUnhealthy):
    """What makes a target unhealthy: a failed probe, every ``interval`` seconds."""

    interval: Seconds | None = None


class ActiveChecks(Part):
    """Probes that Kong sends by itself."""

    type: CheckType | None = None
    concurrency: Annotated[int | None, Field(ge=1, le=2147483648)] = None
    headers: dict[str, SetOf[str]] | None = None
    healthy: ActiveHealthy | None = None
    http_path: UrlPath | None = None
    https_sni: str | None = None
    https_verify_certificate: bool | None = None
    timeout: Seconds | None = None
    unhealthy: ActiveUnhealthy | None = None


class PassiveChecks(Part):
    """What the answers to ordinary requests show."""

    type: CheckType | None = None
    healthy: PassiveHealthy | None = None
    unhealthy: PassiveUnhealthy | None = None


class HealthChecks(Part):
    """Health checks; ``threshold`` is the percentage of weight that has to be healthy."""

    active: ActiveChecks | None = None
    passive: PassiveChecks | None = None
    threshold: Annotated[int | float | None, Field(ge=0, le=100)] = None


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
        """A hash input is named, and a fallback is another input where there can be one."""
        for side in ("hash_on", "hash_fallback"):
            source = getattr(self, side)
            # There is one cookie for both sides.
            name = "hash_on_cookie" if source == "cookie" else f"{side}_{source}"
            if name in type(self).model_fields and getattr(self, name) is None:
                yield name, f"is required when {side} is {source!r}"
        if self.hash_fallback != "none" and self.hash_on in ("none", "cookie"):
            yield "hash_fallback", f"does not exist when hash_on is {self.hash_on!r}"
        if self.hash_fallback == self.hash_on and self.hash_on in _UNLIKE_ITSELF:
            yield "hash_fallback", f"is {self.hash_on!r} as hash_on is: it falls back on nothing"


class GatewayUpstreamProvider(CoreEntityProvider[GatewayUpstreamInputs]):
    """CRUD of an upstream."""

    Inputs = GatewayUpstreamInputs
    noun = "upstream"
    segment = "upstreams"


class GatewayUpstream(CoreEntity, module="konnect", name="GatewayUpstream"):
    """`konnect_gateway_upstream`. Source: `core-entities/upstreams`.

    ``name`` is the ``host`` of a service. ``algorithm`` one of consistent-hashing latency
    least-connections round-robin sticky-sessions (default round-robin), ``slots`` 10 to 65536
    (10000). ``hash_on`` and ``hash_fallback`` one of consumer cookie header ip none path
    query_arg uri_capture (none); header, cookie, query_arg and uri_capture need their name, as
    in ``hash_on_header``, and a cookie is always ``hash_on_cookie``. ``hash_fallback`` does not
    exist without a ``hash_on``, nor with a cookie.

    ``healthchecks`` is a mapping of ``active``, ``passive`` and ``threshold`` (percent) as the
    Terraform provider has it; intervals and timeouts in seconds, 0 switches a check off. Give a
    header of a probe that holds a credential as a Pulumi secret.
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
