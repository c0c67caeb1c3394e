"""The declaration of a release: its versions, its strategy, its order and its limits.

One model for Python and for other languages. All problems are reported at once, with their paths.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal, Self

import pulumi
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from components.problems import ABSENT, Path, Problem, from_validation, refusal
from providers.konnect.core_entities.target import completed_address

Percent = Annotated[int, Field(ge=0, le=100)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
Window = Literal["15m", "1h", "6h", "12h"]
Address = Annotated[str, AfterValidator(completed_address)]
"""HOST:PORT, as Konnect keeps it: port 8000 if it has none."""


class Declared(BaseModel):
    """Base of the models: unknown fields are refused, and nothing changes after the check."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Version(Declared):
    """A version of the API: the addresses where it runs."""

    targets: Annotated[dict[Key, Address | dict[str, Address]], Field(min_length=1, max_length=500)]
    """Addresses by a key that never changes. A target that differs between control
    planes has one address for each control plane, by its key."""

    def addresses(self, plane: str) -> dict[str, str]:
        """The addresses on one control plane, by key."""
        found = {
            key: address if isinstance(address, str) else address.get(plane)
            for key, address in self.targets.items()
        }
        return {key: address for key, address in found.items() if address is not None}


class Canary(Declared):
    """Two versions in one upstream. Their weights divide the requests.

    To finish: ``share: 100``, later ``stable`` is the new version and ``new`` is left out. Then the
    old version can be deleted from ``versions``.
    """

    stable: Key
    """The version that gets the other requests."""
    new: Key | None = None
    """The version that takes over."""
    share: Percent = 0
    """Percent of the requests that the new version gets."""


class PluginCanary(Declared):
    """Two upstreams, and Kong's `canary` plugin sends requests of the service to the second.

    Give ``percentage``, or ``start`` with ``duration``, or ``hash`` allow or deny with ``groups``.
    ``finish`` moves the service to the new version and then deletes the plugin.
    Source: https://developer.konghq.com/plugins/canary/
    """

    stable: Key
    """The version that gets the other requests."""
    new: Key
    """The version that takes over."""
    percentage: Percent | None = None
    """Percent of the requests that the new version gets."""
    start: Annotated[int | None, Field(ge=0)] = None
    """Seconds since 1970. It is written down and never "now", so that a later `up` changes
    nothing."""
    duration: Annotated[int, Field(ge=1)] = 3600
    """Seconds in which the percentage grows from 0 to 100."""
    steps: Annotated[int, Field(ge=2)] = 1000
    """Into how many steps the duration is divided."""
    hash: Literal["allow", "consumer", "deny", "header", "ip", "none"] = "consumer"
    """What keeps a client on its side. ``none``: each request is assigned anew."""
    hash_header: str | None = None
    """The header of ``hash: header``."""
    groups: list[str] = []
    """ACL groups of consumers, for ``hash`` allow and deny."""
    header: str | None = None
    """A header with the values ``always`` and ``never``, by which a client chooses."""
    finish: bool = False
    """Whether the service moves to the new version, and the plugin is deleted after that."""

    @property
    def by_groups(self) -> bool:
        """Whether groups decide, and not a percentage."""
        return self.hash in ("allow", "deny")

    def problems(self) -> Iterator[Problem]:
        """What is wrong between its fields."""
        if self.by_groups != bool(self.groups):
            wrong = f"are given with hash {self.hash!r}" if self.groups else "is empty"
            yield Problem(
                ("groups",), wrong, "groups go with hash allow or deny, and with no other"
            )
        if (self.hash == "header") != (self.hash_header is not None):
            wrong = f"does not go with hash {self.hash!r}"
            yield Problem(("hash_header",), wrong, "write hash: header and its hash_header")
        chosen = [self.percentage is not None, self.start is not None, self.by_groups]
        if sum(chosen) != 1 and not self.finish:
            wrong = "must be decided by exactly one thing"
            yield Problem(("percentage",), wrong, "write one of percentage, start and groups")


class BlueGreen(Declared):
    """Two upstreams, and the service points to one of them."""

    active: Key
    """The version that gets the requests. A change is one PUT of the service."""
    preview_header: str | None = None
    """A header whose value is the key of a version. Requests with it reach that version through
    its own Gateway Service, also before the switch. So the gate has exact figures."""


class AbTest(Declared):
    """A version for the requests with a header, each with its own Gateway Service and route."""

    control: Key
    """The version of requests without the header."""
    header: str
    """The name of the header."""
    variants: Annotated[dict[Key, Annotated[list[str], Field(min_length=1)]], Field(min_length=1)]
    """Values of the header, by version."""


class Gate(Declared):
    """What the new version must fulfil before it gets more requests. Read from Konnect analytics.

    Weighted targets and the `canary` plugin share one Gateway Service, for which analytics has one
    figure. Then every 5xx above ``baseline_error_rate`` counts as one of the new version.
    """

    max_error_rate: Annotated[float, Field(ge=0, le=100)] = 1.0
    """Percent of the new version's requests that may be answered 5xx."""
    max_p95_ms: Annotated[float | None, Field(gt=0)] = None
    """Milliseconds that 95 % of its responses may take. None: not checked. Where the versions share
    a service, 99 % of the service's responses must be within it."""
    min_requests: Annotated[int, Field(ge=1)] = 100
    """Requests to the new version below which nothing can be said; the step is refused."""
    window: Window = "15m"
    """How far the figures reach back, but not before the last step. Lengths that Konnect offers."""
    baseline_error_rate: Annotated[float, Field(ge=0, le=100)] = 0.0
    """Percent of the stable version's requests that are answered 5xx anyway."""


class ServiceSettings(Declared):
    """The Gateway Service of the release. As `konnect.GatewayService`, without host and port."""

    name: Annotated[str, Field(min_length=1)]
    protocol: Literal["http", "https", "grpc", "grpcs"] = "http"
    path: str | None = None
    retries: Annotated[int | None, Field(ge=0, le=32767)] = None
    connect_timeout: Annotated[int | None, Field(ge=1)] = None
    """Milliseconds, as the next two."""
    read_timeout: Annotated[int | None, Field(ge=1)] = None
    write_timeout: Annotated[int | None, Field(ge=1)] = None


class ReleaseDeclaration(Declared):
    """A release: versions, exactly one strategy, and what holds for each step."""

    versions: Annotated[dict[Key, Version], Field(min_length=1)]
    """The versions of the API, by key."""
    canary: Canary | None = None
    """The strategy: two versions in one upstream, by weights."""
    canary_plugin: PluginCanary | None = None
    """The strategy: two upstreams, and Kong's canary plugin between them."""
    blue_green: BlueGreen | None = None
    """The strategy: all requests go to one version, and change at once."""
    ab: AbTest | None = None
    """The strategy: a header decides which version a request goes to."""
    waves: list[Annotated[list[str], Field(min_length=1)]] = []
    """Keys of control planes in the order in which the new version gets there. Empty: all at
    once."""
    wave: Annotated[int | None, Field(ge=1)] = None
    """The wave that the share is for, from 1. Earlier waves have all requests on the new version,
    later ones none. None: the last wave."""
    max_step: Annotated[int, Field(ge=1, le=100)] = 50
    """Percent by which the share may grow in one `up`, against the live weights. A smaller share is
    always allowed. A blue-green switch is not limited."""
    gate: Gate | Literal["none"] = Gate()
    """What the new version must fulfil before a step; ``none`` for no check."""
    health_checks: dict[str, Any] | None = None
    """Health checks of the upstreams, as `konnect.health_checks` writes them. A new version gets
    requests only with active checks."""
    paths: list[str] = []
    """Paths of the routes that the release makes itself, for A/B and the preview header."""
    hosts: list[str] = []
    """Hosts of these routes. Empty: any."""
    strip_path: bool = True
    """Whether the service gets the path without what it began with."""
    protocols: list[Literal["http", "https", "grpc", "grpcs"]] = ["http", "https"]
    """Protocols of these routes."""
    rollback: bool = False
    """All requests go back to the stable version (blue-green: to the version that is not active).
    No gate, no limit of the step, no call of analytics."""

    @property
    def strategy(self) -> Canary | PluginCanary | BlueGreen | AbTest:
        """The declared strategy."""
        found = self.canary or self.canary_plugin or self.blue_green or self.ab
        assert found is not None
        return found

    @property
    def stable(self) -> str:
        """The version that gets the requests before the release, and after a rollback."""
        match self.strategy:
            case Canary(stable=stable) | PluginCanary(stable=stable):
                return stable
            case BlueGreen(active=active):
                return next(key for key in self.versions if key != active)
            case AbTest(control=control):
                return control

    @property
    def new(self) -> str | None:
        """The version that the share is of. None: nothing is being released."""
        match self.strategy:
            case Canary(new=new) | PluginCanary(new=new):
                return new
            case BlueGreen(active=active):
                return active
            case AbTest():
                return None

    @property
    def has_own_routes(self) -> bool:
        """Whether versions have a Gateway Service and a route of their own, by a header."""
        return self.ab is not None or (
            self.blue_green is not None and self.blue_green.preview_header is not None
        )

    @model_validator(mode="after")
    def _checked(self) -> Self:
        problems = [replace(one, value=self._value(one.path)) for one in self._problems()]
        if problems:
            raise refusal(*problems)
        return self

    def _value(self, path: Path) -> object:
        """The value at a path, for messages."""
        value: object = self.model_dump(mode="json")
        for step in path:
            value = value.get(step, ABSENT) if isinstance(value, dict) else ABSENT
        return value if path else ABSENT

    def _problems(self) -> Iterator[Problem]:
        strategies = {
            name: found
            for name in ("canary", "canary_plugin", "blue_green", "ab")
            if (found := getattr(self, name)) is not None
        }
        if len(strategies) != 1:
            wrong = "is one of several strategies" if strategies else "is no strategy"
            remedy = "write one of canary, canary_plugin, blue_green and ab"
            yield from (Problem((name,), wrong, remedy) for name in strategies or ("canary",))
            return
        ((name, strategy),) = strategies.items()
        yield from self._version_problems(name, strategy)
        if isinstance(strategy, PluginCanary):
            for problem in strategy.problems():
                yield Problem((name, *problem.path), problem.wrong, problem.remedy)
        yield from self._wave_problems(name)
        yield from self._gate_problems(name, strategy)
        if self.has_own_routes and not self.paths:
            yield Problem(("paths",), f"is empty, and {name} makes routes by a header", "add paths")

    def _version_problems(self, name: str, strategy: Any) -> Iterator[Problem]:
        named = [
            (where, key)
            for where in ("stable", "new", "active", "control")
            if (key := getattr(strategy, where, None)) is not None
        ]
        named += [("variants", key) for key in getattr(strategy, "variants", ())]
        there = ", ".join(self.versions)
        for where, key in named:
            if key not in self.versions:
                wrong = f"names version {key!r}, which is not declared"
                yield Problem((name, where), wrong, f"versions has {there}")
        for key, count in Counter(key for _, key in named).items():
            if count > 1:
                yield Problem((name,), f"gives version {key!r} two roles", "name two versions")
        if isinstance(strategy, BlueGreen) and len(self.versions) != 2:
            wrong = f"has {len(self.versions)} versions"
            yield Problem(("versions",), wrong, "blue_green needs two")
        keys = Counter(key for version in self.versions.values() for key in version.targets)
        for key in (key for key, count in keys.items() if count > 1):
            wrong = f"has {keys[key]} targets with the key {key!r}"
            yield Problem(("versions",), wrong, "give each target a key of its own")
        yield from self._address_problems()

    def _address_problems(self) -> Iterator[Problem]:
        """Konnect has one target for an address: it cannot have the weight of two versions."""
        found: Counter[tuple[str, str]] = Counter()
        for version in self.versions.values():
            for address in version.targets.values():
                everywhere = {"": address} if isinstance(address, str) else address
                found.update(everywhere.items())
        for (_, address), count in found.items():
            if count > 1:
                wrong = f"has {count} targets with the address {address}"
                yield Problem(("versions",), wrong, "give each target an address of its own")

    def _wave_problems(self, name: str) -> Iterator[Problem]:
        if (self.waves or self.wave is not None) and name == "ab":
            yield Problem(("waves",), "does not go with ab, which has no steps", "delete it")
        if self.wave is not None and self.wave > len(self.waves):
            yield Problem(("wave",), f"is above {len(self.waves)}", "name one of waves, from 1")
        for key, count in Counter(key for wave in self.waves for key in wave).items():
            if count > 1:
                yield Problem(("waves",), f"has control plane {key!r} twice", "name it once")

    def _gate_problems(self, name: str, strategy: Any) -> Iterator[Problem]:
        if self.gate == "none":
            return
        if isinstance(strategy, PluginCanary) and strategy.by_groups:
            wrong = (
                f"has no figures to go by: {name} with groups has no known share of the requests, "
                "and analytics has no dimension for an upstream"
            )
            yield Problem(("gate",), wrong, "write gate: none")
        if isinstance(strategy, BlueGreen) and strategy.preview_header is None:
            wrong = "has no figures to go by: the version that is not active gets no requests"
            yield Problem(("gate",), wrong, "give blue_green.preview_header, or write gate: none")


class ReleaseError(pulumi.RunError):
    """The declaration of a release is invalid. ``str()`` has one line for each problem."""


class ReleaseArgs(ReleaseDeclaration):
    """A release: versions, exactly one strategy, and what holds for each step.

    Raises `ReleaseError` with all problems of the values and their paths.
    """

    @model_validator(mode="wrap")
    @classmethod
    def _in_lines(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(value)
        except ValidationError as error:
            problems = from_validation(error, ReleaseDeclaration, {})
            lines = "\n".join(problem.line("ReleaseArgs", root="") for problem in problems)
            raise ReleaseError(lines) from None
