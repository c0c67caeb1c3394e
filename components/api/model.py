"""What a team declares of an API: one model for Python and for the package's schema.

Keys of mappings are in resource names and never change.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as File
from typing import Annotated, Any, Literal, Self

import pulumi
from pydantic import (
    AfterValidator,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    field_validator,
    model_validator,
)

from components.api.parts import Bool, InputText, Int, Key, Part
from components.api.plugin_model import Ai, Authentication, Plugin, RateLimit, ResponseCache
from components.problems import Problem, from_validation, refusal
from components.release.model import ReleaseDeclaration
from providers.konnect.core_entities.base import Protocol
from providers.konnect.core_entities.upstream import Algorithm, HashInput


class ApiError(pulumi.RunError):
    """A declaration of an API is invalid. ``str()`` has one line for each problem.

    It is a ``RunError``, so Pulumi shows the message without a traceback.
    """

    def __init__(self, api: str, problems: list[Problem]) -> None:
        """Render the problems. They are also kept as ``problems``."""
        super().__init__("\n".join(problem.line(api, root="") for problem in problems))
        self.problems = tuple(problems)


class Service(Part):
    """The service that the API's requests go to."""

    url: Annotated[str | None, Field(examples=["https://billing.internal:8443/v2"])] = None
    """Protocol, host, port and path in one; instead of these four."""
    host: Annotated[InputText | None, Field(examples=["billing.internal"])] = None
    """A name or an address. One name serves all regions, if the private DNS of each resolves it to
    the address nearby."""
    protocol: Annotated[Protocol | None, Field(examples=["https"])] = None
    """The protocol; https, if left out."""
    port: Annotated[Int | None, Field(ge=0, le=65535, examples=[8443])] = None
    """The port; that of the protocol, if left out: 443 of https and grpcs, 80 of others."""
    path: Annotated[str | None, Field(pattern="^/", examples=["/v2"])] = None
    """What the path of each request begins with, on the way to the service."""
    connect_timeout: Annotated[Int | None, Field(ge=1, le=2147483646, examples=[5000])] = None
    """Milliseconds for a connection; Kong's 60000, if left out."""
    read_timeout: Annotated[Int | None, Field(ge=1, le=2147483646, examples=[30000])] = None
    """Milliseconds between two reads of a response; Kong's 60000, if left out."""
    write_timeout: Annotated[Int | None, Field(ge=1, le=2147483646, examples=[30000])] = None
    """Milliseconds between two writes of a request; Kong's 60000, if left out."""
    retries: Annotated[Int | None, Field(ge=0, le=32767, examples=[2])] = None
    """How often a request that could not be sent is tried again; Kong's 5, if left out."""
    tls_verify: Annotated[Bool | None, Field(examples=[True])] = None
    """Whether the certificate of the service is verified; Kong's default, if left out."""
    tls_verify_depth: Annotated[Int | None, Field(ge=0, le=64, examples=[2])] = None
    """How long the chain of the certificate may be."""
    ca_certificates: Annotated[list[Key], Field(examples=[["internal"]])] = []
    """Keys of ``ca_certificates`` that the certificate of the service may be signed by."""


class Target(Part):
    """An address behind an upstream."""

    target: Annotated[InputText, Field(examples=["10.65.4.10:8443"])]
    """HOST:PORT, an address and a port; the port of the service, if left out."""
    weight: Annotated[Int, Field(ge=0, le=65535, examples=[100])] = 100
    """Its share of the requests; 0 for none."""
    failover: Annotated[Bool, Field(examples=[True])] = False
    """Whether it gets requests only while no other target is healthy."""


class HealthCheck(Part):
    """Probes and failed requests that take a target out, and probes that bring it back."""

    path: Annotated[str, Field(pattern="^/", examples=["/health"])] = "/"
    """The path of the probes."""
    interval: Annotated[float, Field(gt=0, le=65535, examples=[10])] = 10
    """Seconds between two probes of a target."""
    failures: Annotated[Int, Field(ge=1, le=255, examples=[3])] = 3
    """Failed probes or requests in a row that take a target out."""
    successes: Annotated[Int, Field(ge=1, le=255, examples=[2])] = 2
    """Good probes in a row that bring a target back."""
    timeout: Annotated[float, Field(gt=0, le=65535, examples=[1])] = 1
    """Seconds that a probe may take."""
    type: Annotated[Literal["grpc", "grpcs", "http", "https", "tcp"] | None, Field()] = None
    """The protocol of the probes; that of the service, if left out."""


class Upstream(Part):
    """How requests are spread over several targets."""

    targets: Annotated[dict[Key, Target], Field(examples=[{"blue": {"target": "10.65.4.10"}}])] = {}
    """Targets by a key; ``upstreams`` has those of single regions."""
    algorithm: Annotated[Algorithm | None, Field(examples=["least-connections"])] = None
    """How a target is chosen; round-robin, if left out."""
    hash_on: Annotated[HashInput | None, Field(examples=["header"])] = None
    """What decides in consistent-hashing."""
    hash_on_header: str | None = None
    """The header of ``hash_on: header``."""
    host_header: Annotated[str | None, Field(examples=["billing.internal"])] = None
    """The Host header that targets get; the target's own name, if left out."""
    health_check: Annotated[HealthCheck | None, Field(examples=[{"path": "/health"}])] = None
    """How targets are taken out and brought back. Failover needs it."""


class RegionalUpstream(Part):
    """Where requests go in one region, cloud or control plane."""

    host: Annotated[InputText | None, Field(examples=["billing.aws.internal"])] = None
    """One name or address; with the port of the service."""
    targets: Annotated[dict[Key, Target], Field(examples=[{"blue": {"target": "10.65.4.10"}}])] = {}
    """Several, by key."""
    failover_to: Annotated[str | None, Field(examples=["azure"])] = None
    """The key in ``upstreams`` whose hosts get the requests while no own target is healthy."""


class Route(Part):
    """Which requests go to the service."""

    paths: Annotated[list[str], Field(examples=[["/billing/invoices"]])] = []
    """What the path begins with; ``~`` begins a regular expression."""
    methods: Annotated[list[str], Field(examples=[["GET"]])] = []
    """Methods in capital letters; all, if left out."""
    hosts: Annotated[list[str], Field(examples=[["api.example.com"]])] = []
    """Names by which clients call; ``*`` stands for the first or last label."""
    headers: Annotated[dict[str, list[str]], Field(examples=[{"x-version": ["2"]}])] = {}
    """Headers with the values of which a request must have one."""
    snis: list[str] = []
    """Names of TLS connections."""
    protocols: Annotated[list[Protocol] | None, Field(min_length=1, examples=[["https"]])] = None
    """Protocols of the requests; Konnect's https, if left out."""
    strip_path: Annotated[Bool, Field(examples=[False])] = True
    """Whether the service gets the path without what it began with."""
    preserve_host: Annotated[Bool, Field(examples=[True])] = False
    """Whether the service gets the Host header of the client."""
    path_handling: Literal["v0", "v1"] | None = None
    """How the paths of service, route and request are joined; Kong's v0, if left out."""
    regex_priority: Annotated[Int | None, Field(ge=0)] = None
    """Which regular expression is tried first: that of the highest number."""
    https_redirect_status_code: Literal[301, 302, 307, 308, 426] | None = None
    """The status of a request by http to a route of https; 426, if left out."""
    request_buffering: Bool = True
    """Whether a request is read whole before it goes to the service."""
    response_buffering: Bool = True
    """Whether a response is read whole before it goes to the client."""


class OpenApi(Part):
    """An OpenAPI document, from which the routes follow, and the service where none is declared."""

    document: Annotated[str | File | dict[str, Any], Field(examples=["openapi.yaml"])]
    """OpenAPI 3.0 or 3.1: its text in YAML or JSON, the path of its file, or the parsed object."""
    base_path: Annotated[str | None, Field(pattern="^/", examples=["/v2"])] = None
    """What all paths begin with; the path of the document's servers, if left out."""


class Consumer(Part):
    """A client of the API, on every control plane."""

    username: Annotated[str | None, Field(min_length=1, examples=["shop"])] = None
    """The name of the consumer; its key, if left out."""
    custom_id: Annotated[str | None, Field(min_length=1, examples=["customer-4711"])] = None
    """The consumer's id in a system of yours."""
    consumer_groups: Annotated[list[str], Field(examples=[["gold"]])] = []
    """Consumer groups of the gateway that it is a member of, which have limits of their own."""
    keys: dict[Key, InputText] = {}
    """API keys by a key of this mapping: Pulumi secrets, not vault references, which Kong does not
    resolve here. Two, while a key is exchanged."""


def _certificate(text: str) -> str:
    if text.strip().startswith("-----BEGIN CERTIFICATE-----") and text.count("-----BEGIN ") == 1:
        return text
    # The value may be a private key, so the message must not have it.
    wrong, remedy = "is not the PEM text of one certificate", "write one for each key"
    raise refusal(Problem((), wrong, remedy, f"({len(text)} characters)"))


class ApiArgs(Part):
    """An API, on every control plane of a gateway.

    Raises `ApiError`, with all problems of the values and their paths.
    """

    owner: Annotated[str, Field(pattern=r"^[\w.~ -]{1,100}$", examples=["billing"])]
    """The team that owns the API: the tag ``owner:<owner>`` of everything of it in Konnect."""
    name: Annotated[Key | None, Field(examples=["billing"])] = None
    """The name of the service in Konnect, with which those of its routes begin; the component's
    name, if left out."""
    tags: Annotated[list[str], Field(examples=[["pci"]])] = []
    """Further tags of everything of the API."""
    service: Annotated[Service | None, Field(examples=[{"host": "billing.internal"}])] = None
    """Where requests go. It may be left out beside an OpenAPI document with servers, and AI."""
    upstream: Annotated[Upstream | None, Field(examples=[{"health_check": {}}])] = None
    """How requests are spread over targets, the same in all regions."""
    upstreams: Annotated[
        dict[str, RegionalUpstream], Field(examples=[{"aws": {"host": "billing.aws.internal"}}])
    ] = {}
    """Where requests go, by the key of a region, a cloud or a control plane: the first of them that
    there is. Traffic then stays local. Regions of one control plane must agree."""
    release: ReleaseDeclaration | None = None
    """Versions of the API, and how a new one gets its requests. It takes the place of the targets
    and hosts of the other fields."""
    routes: Annotated[dict[Key, Route], Field(examples=[{"all": {"paths": ["/billing"]}}])] = {}
    """Which requests are the API's, by key."""
    openapi: Annotated[OpenApi | None, Field(examples=[{"document": "openapi.yaml"}])] = None
    """A document from which routes follow: one for each operation."""
    authentication: Annotated[Authentication | None, Field(examples=[{"key_auth": {}}])] = None
    """Who may call the API."""
    consumers: Annotated[dict[Key, Consumer], Field(examples=[{"shop": {}}])] = {}
    """Clients of the API, by key."""
    rate_limit: Annotated[RateLimit | None, Field(examples=[{"limit": 600}])] = None
    """A limit of requests. Counts in the cache of the gateway, where there is one."""
    cache: Annotated[ResponseCache | None, Field(examples=[{"ttl": 300}])] = None
    """Responses that are kept, in the cache of the gateway, where there is one."""
    ai: Annotated[Ai | None, Field()] = None
    """Models behind the API."""
    plugins: Annotated[dict[Key, Plugin], Field(examples=[{"correlation-id": {}}])] = {}
    """Further plugins by key."""
    ca_certificates: Annotated[
        dict[Key, Annotated[str, AfterValidator(_certificate)]],
        Field(examples=[{"partners": "-----BEGIN CERTIFICATE-----\n..."}]),
    ] = {}
    """CA certificates in PEM by key, on every control plane."""

    @model_validator(mode="wrap")
    @classmethod
    def _in_lines(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Raise all problems as one `ApiError`."""
        try:
            return handler(value)
        except ValidationError as error:
            raise ApiError("ApiArgs", from_validation(error, cls, {})) from None

    @field_validator("openapi", mode="before")
    @classmethod
    def _bare_document(cls, value: Any) -> Any:
        """A document may stand alone."""
        bare = isinstance(value, str | File) or (isinstance(value, Mapping) and "openapi" in value)
        return {"document": value} if bare else value
