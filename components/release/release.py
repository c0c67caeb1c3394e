"""`Release`: versions of an API behind one Gateway Service, on the control planes of a gateway.

Konnect has no release of its own. This component makes upstreams, targets, the service, and the
canary plugin, and holds each step against what is live, before the engine changes anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pulumi

from components.component import Component
from components.release.gate import Watched, gate_problems, read_figures
from components.release.live import (
    CANARY,
    ROLLED_BACK_TAG,
    STABLE_TAG,
    VERSION_TAG,
    LivePlane,
    read_live,
)
from components.release.model import (
    AbTest,
    BlueGreen,
    Canary,
    PluginCanary,
    ReleaseDeclaration,
    ServiceSettings,
)
from components.release.names import ReleaseNames
from components.release.plan import Step, declared_share, declared_weights
from providers import konnect
from providers.base.errors import ProviderError
from providers.konnect.client import Client, Connection, client_for
from providers.konnect.core_entities.base import name_tag
from providers.konnect.provider import ambient_connection

CONFIG: Final = "release"
"""The namespace of the configuration that rolls back: ``release:rollback``."""

_DEFAULT_WEIGHT: Final = 100


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ReleaseRefused(ProviderError):
    """A step of a release is refused. ``str()`` has one line for each reason."""

    def __init__(self, release: str, problems: Sequence[str], *, gated: bool = False) -> None:
        """``gated``: the figures of the new version are among the reasons."""
        lines = [f"refused: release {release}: {problem}" for problem in problems]
        if gated:
            lines.append(f"roll back: pulumi up --config {CONFIG}:rollback={release}")
        super().__init__("\n".join(lines))
        self.problems = tuple(problems)


async def check_step(
    connection: Connection,
    release: str,
    args: ReleaseDeclaration,
    names: ReleaseNames,
    control_planes: Mapping[str, str],
    *,
    now: Callable[[], datetime],
) -> Mapping[str, LivePlane]:
    """Hold a step against what is live and against the figures of the new version.

    ``control_planes`` are ids by key. Returns what is live. Raises `ReleaseRefused` with all
    reasons. Figures are read only for a step forward, and never for a rollback.
    """
    client = client_for(connection)
    live = await read_live(client, control_planes, names)
    step = Step(args, names, live, now())
    problems = step.problems()
    watched, unwatched = step.watched(control_planes)
    gated = await _gate(client, args, watched, now) if watched else []
    if problems or unwatched or gated:
        found = [*problems, *unwatched, *gated]
        raise ReleaseRefused(release, found, gated=bool(unwatched or gated))
    return live


async def _gate(
    client: Client,
    args: ReleaseDeclaration,
    watched: Sequence[Watched],
    now: Callable[[], datetime],
) -> list[str]:
    assert args.gate != "none"
    assert args.new is not None
    try:
        figures = await read_figures(client, args.gate, watched, now=now)
    except ProviderError as error:
        return [
            f"the figures of version {args.new!r} cannot be read: {error}; give the token access "
            "to Konnect analytics, or write gate: none"
        ]
    return list(gate_problems(args.gate, args.new, watched, figures))


class Release(Component):
    """Versions of an API, and the part of the requests that each gets.

    ``control_planes`` are ids of control planes by their key in the gateway. With ``service`` (its
    settings, or its name) the release makes a Gateway Service on each; routes and plugins are given
    its id (``services``). Without it, ``hosts`` is what the service of ``service_name`` must point
    to, and ``attach`` gives it its canary plugin.

    ``pulumi up --config release:rollback=<name of the release>`` rolls back, as
    ``ReleaseArgs.rollback`` does. A step that is refused raises `ReleaseRefused` in the preview.

    ``now`` is the clock of the gate and of plugins that go by time.
    """

    def __init__(
        self,
        name: str,
        args: ReleaseDeclaration,
        control_planes: Mapping[str, pulumi.Input[str]],
        *,
        service: ServiceSettings | str | None = None,
        service_name: str | None = None,
        tags: Sequence[str] = (),
        opts: pulumi.ResourceOptions | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        super().__init__("Release", name, args.model_dump(mode="json"), opts)
        if isinstance(service, str):
            service = ServiceSettings(name=service)
        if service is not None:
            service_name = service.name
        if service_name is None:
            raise ValueError(f"release {name}: give service or service_name")
        rolled_back = _rolled_back()
        if rolled_back and name not in rolled_back:
            pulumi.log.warn(
                f"release {name} is not rolled back: {CONFIG}:rollback names "
                f"{', '.join(rolled_back)}",
                self,
            )
        elif rolled_back and not args.rollback:
            args = args.model_copy(update={"rollback": True})
            pulumi.log.warn(
                f"release {name} is rolled back by {CONFIG}:rollback: after a correction run "
                f"`pulumi config rm {CONFIG}:rollback`",
                self,
            )
        self.args = args
        self._names = ReleaseNames(service_name, name)
        self._tags = list(tags)
        self._at = now()
        self._control_planes = dict(control_planes)
        self._live = self._checked()
        self._targets: dict[str, list[konnect.GatewayTarget]] = {key: [] for key in control_planes}
        for plane in self._control_planes:
            self._upstreams(plane)
        self.hosts: Mapping[str, pulumi.Output[str]] = {
            plane: self._host(plane) for plane in self._control_planes
        }
        """What the service points to, by control plane. Known when the step is allowed."""
        self.version_services: Mapping[str, Mapping[str, konnect.GatewayService]] = {
            plane: self._services_of_versions(plane) for plane in self._control_planes
        }
        """By control plane and version, for versions that are called by a header. Plugins of the
        main service do not apply to them."""
        self.services: Mapping[str, konnect.GatewayService] = {}
        """The service by control plane, if the release makes it."""
        if service is not None:
            self.services = {plane: self._service(plane, service) for plane in self._control_planes}
            for plane, made in self.services.items():
                self.attach(plane, made.id)
                self.open_versions(plane)
        self.register_outputs(
            {"hosts": self.hosts, "service_ids": {k: s.id for k, s in self.services.items()}}
        )

    def targets(self, plane: str) -> Sequence[konnect.GatewayTarget]:
        """The targets on a control plane: a service depends on them."""
        return self._targets[plane]

    def attach(self, plane: str, service_id: pulumi.Input[str]) -> None:
        """Give the service of a control plane the canary plugin, while the strategy needs one.

        A rollback switches it off by one PUT. ``finish`` leaves it out, so the engine deletes it
        after it has moved the service.
        """
        plugin = self.args.canary_plugin
        if plugin is None or not self._has_plugin(plane, plugin):
            return
        config: dict[str, Any] = {
            "upstream_host": self._names.upstream_of(plugin.new),
            "hash": plugin.hash,
            "hash_header": plugin.hash_header,
            "groups": plugin.groups or None,
            "canary_by_header_name": plugin.header,
            "percentage": plugin.percentage,
            "steps": plugin.steps,
            "start": plugin.start,
            "duration": None if plugin.start is None else plugin.duration,
        }
        konnect.GatewayPlugin(
            f"{self.name}-{plane}-canary",
            control_plane_id=self._control_planes[plane],
            name=CANARY,
            service={"id": service_id},
            enabled=not self.args.rollback,
            config=self._allowed({key: one for key, one in config.items() if one is not None}),
            tags=self._tags_of(f"{self.name}-{plane}-canary"),
            opts=self.child(self.targets(plane)),
        )

    def open_versions(self, plane: str, guards: Sequence[pulumi.Resource] = ()) -> None:
        """Make the routes of the versions that are called by a header.

        They are created after ``guards``: the plugins of ``version_services``. A release that makes
        its own service calls this itself.
        """
        for version, (header, values) in self._by_header().items():
            konnect.GatewayRoute(
                f"{self.name}-{plane}-route-{version}",
                control_plane_id=self._control_planes[plane],
                name=self._names.service_of(version),
                service={"id": self.version_services[plane][version].id},
                paths=self.args.paths,
                hosts=self.args.hosts or None,
                headers={header: values},
                strip_path=self.args.strip_path,
                protocols=self.args.protocols,
                tags=self._tags_of(f"{self.name}-{plane}-route-{version}"),
                opts=self.child(guards),
            )

    def _tags_of(self, name: str) -> list[str]:
        """The tags of the entity of a resource."""
        return [*self._tags, name_tag(name)]

    # The step

    def _checked(self) -> pulumi.Output[Mapping[str, LivePlane]]:
        """What is live, once the step is allowed. Unknown while a control plane does not exist."""
        explicit = self.get_provider("pulumi-python:dynamic:Resource")
        provider = explicit if isinstance(explicit, konnect.Provider) else None
        connection = provider.connection if provider else ambient_connection()

        async def check(values: Sequence[Any]) -> Mapping[str, LivePlane]:
            known, ids = values
            if isinstance(self.args.strategy, AbTest):  # it has no steps
                nothing = {key: LivePlane() for key in ids}
                problems = Step(self.args, self._names, nothing, self._at).problems()
                if problems:
                    raise ReleaseRefused(self.name, problems)
                return nothing
            return await check_step(
                known, self.name, self.args, self._names, ids, now=lambda: self._at
            )

        return pulumi.Output.all(connection, self._control_planes).apply(check)

    def _allowed(self, value: Any) -> pulumi.Output[Any]:
        """A value, once the step is allowed."""
        return self._live.apply(lambda _: value)

    # Resources

    def _upstreams(self, plane: str) -> None:
        if isinstance(self.args.strategy, Canary):
            self._shared_upstream(plane)
            return
        left = self.args.new if self.args.rollback else None
        for key, version in self.args.versions.items():
            roles = [ROLLED_BACK_TAG] if key == left and self.args.blue_green else []
            upstream = self._upstream(plane, f"-{key}", self._names.upstream_of(key), roles)
            for target, address in version.addresses(plane).items():
                name = f"{key}-{target}"
                self._target(plane, upstream, key, name, address, _DEFAULT_WEIGHT)

    def _upstream(
        self, plane: str, suffix: str, name: str, roles: Sequence[str] = ()
    ) -> konnect.GatewayUpstream:
        """``roles`` are tags that the next step is held against."""
        return konnect.GatewayUpstream(
            f"{self.name}-{plane}-upstream{suffix}",
            control_plane_id=self._control_planes[plane],
            name=name,
            healthchecks=self.args.health_checks,
            tags=self._allowed([*self._tags_of(f"{self.name}-{plane}-upstream{suffix}"), *roles]),
            opts=self.child(),
        )

    def _shared_upstream(self, plane: str) -> None:
        """Targets of all versions, with the weights of the share."""
        stable = f"{STABLE_TAG}{self.args.stable}"
        upstream = self._upstream(plane, "", self._names.upstream, [stable])
        weights = declared_weights(self.args, plane, self._at)
        made: dict[str, konnect.GatewayTarget] = {}

        for key, version in self.args.versions.items():
            for target, address in version.addresses(plane).items():
                weight = self._weight(plane, address, weights, made)
                made[address] = self._target(plane, upstream, key, target, address, weight)

    def _weight(
        self,
        plane: str,
        address: str,
        weights: Mapping[str, int],
        made: Mapping[str, konnect.GatewayTarget],
    ) -> pulumi.Output[int]:
        """The weight of a target, once it may be set.

        If no target has a weight both before and after the step, those that get their first weight
        go first: the upstream is never without one. ``made`` is filled after this call.
        """

        def ordered(live: Mapping[str, LivePlane]) -> Any:
            before = live[plane].weights
            overlap = any(before.get(one) and weight for one, weight in weights.items())
            if not any(before.values()) or overlap or weights[address]:
                return weights[address]
            first = [made[one].id for one, weight in weights.items() if weight]
            return pulumi.Output.all(*first).apply(lambda _: weights[address])

        return self._live.apply(ordered)

    def _target(
        self,
        plane: str,
        upstream: konnect.GatewayUpstream,
        version: str,
        key: str,
        address: str,
        weight: pulumi.Input[int],
    ) -> konnect.GatewayTarget:
        name = self._names.target_resource(plane, key)
        target = konnect.GatewayTarget(
            name,
            control_plane_id=self._control_planes[plane],
            upstream_id=upstream.id,
            target=address,
            weight=weight,
            tags=[*self._tags_of(name), f"{VERSION_TAG}{version}"],
            opts=self.child(),
        )
        self._targets[plane].append(target)
        return target

    def _host(self, plane: str) -> pulumi.Output[str]:
        args = self.args
        if isinstance(args.strategy, Canary):
            return self._allowed(self._names.upstream)
        version = args.stable
        if args.new is not None and self._has_moved(plane):
            version = args.new
        return self._allowed(self._names.upstream_of(version))

    def _has_moved(self, plane: str) -> bool:
        """Whether the service of a control plane points to the new version."""
        plugin = self.args.canary_plugin
        moved = declared_share(self.args, plane, self._at) == 100
        return moved and (plugin is None or not self._has_plugin(plane, plugin))

    def _has_plugin(self, plane: str, plugin: PluginCanary) -> bool:
        """Not before the plane's wave, and not after it or after ``finish``."""
        if self.args.waves:
            active = self.args.wave or len(self.args.waves)
            return not plugin.finish and plane in self.args.waves[active - 1]
        return not plugin.finish

    def _service(self, plane: str, settings: ServiceSettings) -> konnect.GatewayService:
        return self._gateway_service(plane, "", settings.name, self.hosts[plane], settings)

    def _gateway_service(
        self,
        plane: str,
        suffix: str,
        name: str,
        host: pulumi.Input[str],
        settings: ServiceSettings | None = None,
    ) -> konnect.GatewayService:
        given = settings.model_dump(exclude={"name"}, exclude_none=True) if settings else {}
        return konnect.GatewayService(
            f"{self.name}-{plane}-service{suffix}",
            control_plane_id=self._control_planes[plane],
            name=name,
            host=host,
            **given,
            tags=self._tags_of(f"{self.name}-{plane}-service{suffix}"),
            opts=self.child(self.targets(plane)),
        )

    def _services_of_versions(self, plane: str) -> dict[str, konnect.GatewayService]:
        """A service for each version that is called by a header."""
        made = {}
        for version in self._by_header():
            rolled_back = self.args.rollback and isinstance(self.args.strategy, AbTest)
            host = self._names.upstream_of(self.args.stable if rolled_back else version)
            name = self._names.service_of(version)
            made[version] = self._gateway_service(plane, f"-{version}", name, self._allowed(host))
        return made

    def _by_header(self) -> dict[str, tuple[str, list[str]]]:
        """(header, values) of each version that has a route of its own."""
        match self.args.strategy:
            case AbTest(header=header, variants=variants):
                return {key: (header, values) for key, values in variants.items()}
            case BlueGreen(preview_header=str() as header):
                return {key: (header, [key]) for key in self.args.versions}
            case _:
                return {}


def _rolled_back() -> list[str]:
    """The releases that ``release:rollback`` names, with commas between them."""
    named = pulumi.Config(CONFIG).get("rollback") or ""
    return [one.strip() for one in named.split(",") if one.strip()]
