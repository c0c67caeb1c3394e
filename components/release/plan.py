"""Decides one step of a release: what is declared, against what is live.

Pure: live state and figures are arguments. All problems are found at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from components.release.gate import Watched
from components.release.live import LivePlane
from components.release.model import AbTest, BlueGreen, Canary, PluginCanary, ReleaseDeclaration
from components.release.names import ReleaseNames
from components.release.weights import share_of, weights
from providers.konnect.core_entities.base import NAME_TAG, name_tag

_WHOLE: Final = 0.05
"""Percent by which a live share may miss a whole number."""
_END_ROLLBACK: Final = "run `pulumi config rm release:rollback` (or delete rollback), then up"
_CLOCKS_DIFFER: Final = 300.0
"""Seconds by which Konnect's clock may be ahead. A time further ahead says nothing."""


@dataclass(frozen=True)
class Step:
    """A step of a release on all its control planes. Shares are percent of the new version."""

    args: ReleaseDeclaration
    names: ReleaseNames
    live: Mapping[str, LivePlane]
    """By the key of the control plane."""
    now: datetime

    @property
    def planes(self) -> Sequence[str]:
        """Keys of the control planes."""
        return list(self.live)

    def declared(self, plane: str) -> float:
        """The share that is declared for a control plane, as of now."""
        return declared_share(self.args, plane, self.now)

    def current(self, plane: str) -> float | None:
        """The live share, or None if nothing of the release gets requests there yet."""
        live, args = self.live[plane], self.args
        if args.new is None:
            return None
        match args.strategy:
            case Canary():
                if not sum(live.weights.values()):
                    return None
                return share_of(
                    list(args.versions[args.new].addresses(plane).values()), live.weights
                )
            case _:
                hosts = {self.names.upstream_of(key): key for key in args.versions}
                version = hosts.get(live.service_host or "")
                if version is None:
                    return None
                if version == args.new:
                    return 100.0
                return _plugin_share(live.plugin, self.now)

    def forward(self, plane: str) -> bool:
        """Whether the new version gets more requests than it has now."""
        current = self.current(plane)
        return current is not None and self.declared(plane) > current + _WHOLE

    # What is refused

    def problems(self) -> list[str]:
        """What is wrong with the step, without the gate."""
        roles = [text for plane in self.planes for text in self._role_problems(plane)]
        if self.args.rollback:
            return [*self._rollback_problems(), *roles]
        return [
            *roles,
            *self._wave_problems(),
            *(text for plane in self.planes for text in self._plane_problems(plane)),
        ]

    def _rollback_problems(self) -> Iterator[str]:
        if isinstance(self.args.strategy, Canary) and self.args.new is None:
            yield (
                f"there is no version to roll back from: only {self.args.stable!r} is in use. "
                "Declare the older version as canary.new with a share, step by step; after a "
                f"rollback of an earlier release {_END_ROLLBACK}"
            )

        for plane in self.planes:
            if not self.args.versions[self.args.stable].addresses(plane):
                yield (
                    f"control plane {plane}: version {self.args.stable!r}, which gets all requests "
                    "by the rollback, has no target there; give one"
                )

    def _role_problems(self, plane: str) -> Iterator[str]:
        """Requests that a change of roles would give to a version, past the gate and the limit.

        A step back to the stable version has no gate. So a version becomes stable only when it has
        all requests, and a rollback never goes to a version that was rolled back.
        """
        args, live = self.args, self.live[plane]
        match args.strategy:
            case Canary(stable=stable) if live.stable not in (None, stable):
                addresses = list(args.versions[stable].addresses(plane).values())
                share = share_of(addresses, live.weights)
                if any(live.weights.values()) and share < 100 - _WHOLE:
                    yield (
                        f"control plane {plane}: canary.stable was {live.stable!r} and is now "
                        f"{stable!r}, which has {share:.0f} % of the requests: a version becomes "
                        "stable with 100 %, so give it more as canary.new, step by step"
                    )
            case PluginCanary(stable=stable):
                if live.plugin_host == self.names.upstream_of(stable):
                    yield (
                        f"control plane {plane}: the canary plugin sends requests to version "
                        f"{stable!r}, which is now declared stable: finish the release first, or "
                        f"declare {stable!r} as new"
                    )
            case BlueGreen() if args.rollback:
                if self.names.upstream_of(args.stable) in live.rolled_back:
                    yield (
                        f"control plane {plane}: the rollback would send all requests to version "
                        f"{args.stable!r}, which was rolled back before: {_END_ROLLBACK}"
                    )
            case _:
                pass
        if isinstance(args.strategy, Canary):
            yield from self._renamed_targets(plane)
        yield from self._holder_problems(plane)

    def _holder_problems(self, plane: str) -> Iterator[str]:
        """A change of strategy or of a version's key that takes requests from a live version."""
        args, live = self.args, self.live[plane]
        host = live.service_host or ""
        if host == self.names.upstream and not isinstance(args.strategy, Canary):
            stays = args.canary_plugin is not None and not args.canary_plugin.finish
            key = args.stable if args.rollback or args.new is None or stays else args.new
            share = share_of(list(args.versions[key].addresses(plane).values()), live.weights)
            if any(live.weights.values()) and share < 100 - _WHOLE:
                yield (
                    f"control plane {plane}: the strategy is no longer canary, and version {key!r} "
                    f"would get all requests and has {share:.0f} %: give it 100 % as canary.new, "
                    "then change the strategy"
                )
        version = self.names.version_of(host)
        match args.strategy:
            case Canary(stable=stable):
                roles = [stable]
            case PluginCanary(stable=stable, new=new):
                roles = [stable, new]
            case _:
                roles = list(args.versions)
        if version is not None and version not in roles:
            yield (
                f"control plane {plane}: version {version!r} gets the requests and is not "
                f"{' or '.join(roles)}: keep its key and its role until another version has all "
                "requests"
            )

    def _renamed_targets(self, plane: str) -> Iterator[str]:
        """The engine creates the target of the new key first: it would find that of the old key,
        which it deletes at the end."""
        for version in self.args.versions.values():
            for key, address in version.addresses(plane).items():
                there = self.live[plane].names.get(address)
                here = self.names.target_resource(plane, key)
                if there is not None and name_tag(here) != NAME_TAG + there:
                    yield (
                        f"control plane {plane}: target {address} is the resource {there} and is "
                        f"declared as {here}: it would be deleted with the old name; write the "
                        "key that it had"
                    )

    def _wave_problems(self) -> Iterator[str]:
        waves = self.args.waves
        named = [key for wave in waves for key in wave]
        for key in named:
            if key not in self.live:
                yield (
                    f"waves: {key!r} is no control plane of the release; there are "
                    f"{', '.join(self.planes)}. Clouds and regions are waves of their own only "
                    "with control planes of their own (setting control_planes)"
                )
        if not waves:
            return
        for key in self.planes:
            if key not in named:
                yield f"waves: control plane {key!r} is in no wave; name each control plane once"
        for number, wave in enumerate(waves[1:], start=2):
            if not any(key in self.live and self.forward(key) for key in wave):
                continue
            behind = {
                key: share
                for before in waves[: number - 1]
                for key in before
                if key in self.live and (share := self.current(key)) is not None
                if share < 100 - _WHOLE
            }
            if behind:
                shares = ", ".join(f"{key} at {share:.0f} %" for key, share in behind.items())
                yield (
                    f"waves: wave {number} ({', '.join(wave)}) begins when the waves before it "
                    f"have 100 %, and now there is {shares}: finish the earlier wave first"
                )

    def _plane_problems(self, plane: str) -> Iterator[str]:
        args, current, declared = self.args, self.current(plane), self.declared(plane)
        is_used = declared > 0 or isinstance(args.strategy, AbTest)
        if is_used and not has_active_checks(args.health_checks):
            yield (
                f"control plane {plane}: {_new_versions(args)} gets requests, and nothing would "
                "take its broken targets out: give health_checks with active probes, as "
                "konnect.health_checks.active(interval=5) writes them"
            )
        if not isinstance(args.strategy, BlueGreen | AbTest) and current is not None:
            step = declared - current
            if step > args.max_step + _WHOLE:
                yield (
                    f"control plane {plane}: version {args.new!r} has {current:.0f} % of the "
                    f"requests and {declared:.0f} % are declared; a step is at most "
                    f"{args.max_step} (max_step): declare at most {current + args.max_step:.0f}"
                )
        for key in dict.fromkeys(filter(None, (args.stable, args.new))):
            if not args.versions[key].addresses(plane):
                yield f"control plane {plane}: version {key!r} has no target there; give one"
        if isinstance(args.strategy, Canary):
            yield from self._lost_targets(plane)

    def _lost_targets(self, plane: str) -> Iterator[str]:
        """Targets with requests lose them without a step if no declared version has them."""
        args, live = self.args, self.live[plane]
        roles = {
            address: key
            for key in (args.stable, args.new)
            if key is not None
            for address in args.versions[key].addresses(plane).values()
        }
        lost = {a: weight for a, weight in live.weights.items() if weight and a not in roles}
        if not lost:
            return
        share, names = share_of(list(lost), live.weights), ", ".join(lost)
        kept = {
            roles[address]
            for address, weight in live.weights.items()
            if weight and address in roles
        }
        if not all(live.versions.get(address) in kept for address in lost):
            yield (
                f"control plane {plane}: targets {names} get {share:.0f} % of the requests, and "
                f"neither {' nor '.join(dict.fromkeys(roles.values()))} has them: give their "
                "version a role until its share is 0, then delete it"
            )
        elif abs((self.current(plane) or 0) - self.declared(plane)) > 1:
            yield (
                f"control plane {plane}: targets {names} get {share:.0f} % of the requests and are "
                "no longer declared, while the share changes: change the targets or the share"
            )

    # The gate

    def watched(self, control_planes: Mapping[str, str]) -> tuple[list[Watched], list[str]]:
        """The services whose figures a step forward needs, and problems. Empty: no gate.

        Every control plane where the new version has requests is watched, whichever goes forward.
        """
        args = self.args
        if args.rollback or args.gate == "none" or not any(map(self.forward, self.planes)):
            return [], []
        if isinstance(args.strategy, BlueGreen):
            return self._standby(control_planes)
        found, problems = [], []
        for plane in self.planes:
            share = self.current(plane)
            if not share:
                continue
            id_ = self.live[plane].services.get(self.names.service)
            if id_ is None:
                problems.append(
                    f"control plane {plane}: there is no service {self.names.service!r}, so its "
                    "figures cannot be read"
                )
                continue
            where = f"{control_planes[plane]}:{id_}"
            found.append(Watched(plane, self.names.service, where, share, self._since(plane)))
        return found, problems

    def _standby(self, control_planes: Mapping[str, str]) -> tuple[list[Watched], list[str]]:
        """The service of the version that is to become active, which has its own figures."""
        assert self.args.new is not None
        service = self.names.service_of(self.args.new)
        there = {
            plane: live.services[service]
            for plane, live in self.live.items()
            if service in live.services
        }
        if not there:
            return [], [
                f"there is no service {service!r} with figures of the version yet: run up with the "
                "preview header first, send it requests, then switch"
            ]
        return [
            Watched(plane, service, f"{control_planes[plane]}:{id_}", 100.0)
            for plane, id_ in there.items()
        ], []

    def _since(self, plane: str) -> datetime | None:
        live = self.live[plane]
        is_canary = isinstance(self.args.strategy, Canary)
        changed = live.changed_at if is_canary else live.plugin_changed_at
        if not changed or changed > self.now.timestamp() + _CLOCKS_DIFFER:
            return None
        return datetime.fromtimestamp(changed, UTC)


def declared_share(args: ReleaseDeclaration, plane: str, now: datetime) -> float:
    """Percent of the requests that the new version is to get on a control plane.

    Of a plugin that goes by time: what it is to get at this moment. Of one that goes by groups: 0,
    because their part of the requests is not known.
    """
    if args.rollback or args.new is None:
        return 0.0
    match args.strategy:
        case Canary(share=share):
            found = float(share)
        case PluginCanary(finish=False) as plugin:
            found = _plugin_share(plugin.model_dump(), now)
        case _:
            found = 100.0
    if not args.waves:
        return found
    active = args.wave or len(args.waves)
    place = next((n for n, wave in enumerate(args.waves, start=1) if plane in wave), active)
    if place == active:
        return found
    return 100.0 if place < active else 0.0


def declared_weights(args: ReleaseDeclaration, plane: str, now: datetime) -> dict[str, int]:
    """The weight of each address in the upstream that weighted versions share.

    Versions without a role have weight 0: they are kept, and get no requests.
    """
    stable = args.versions[args.stable].addresses(plane).values()
    new = args.versions[args.new].addresses(plane).values() if args.new else ()
    every = {
        address: 0
        for version in args.versions.values()
        for address in version.addresses(plane).values()
    }
    return every | weights(list(stable), list(new), round(declared_share(args, plane, now)))


def _new_versions(args: ReleaseDeclaration) -> str:
    """The new version, or the variants of an A/B test, for messages."""
    variants = args.strategy.variants if isinstance(args.strategy, AbTest) else [args.new]
    return "version " + ", ".join(map(repr, variants))


def has_active_checks(health_checks: Mapping[str, Any] | None) -> bool:
    """Whether probes watch healthy targets and bring unhealthy ones back."""
    active = (health_checks or {}).get("active") or {}
    return all((active.get(side) or {}).get("interval") for side in ("healthy", "unhealthy"))


def _plugin_share(config: Mapping[str, Any] | None, now: datetime) -> float:
    """Percent that a live canary plugin sends to the new version. By groups it is not known: 0."""
    if config is None or config.get("hash") in ("allow", "deny"):
        return 0.0
    percentage = config.get("percentage")
    if percentage is not None:
        return float(percentage)
    passed = now.timestamp() - float(config.get("start") or 0)
    return 100 * min(1.0, max(0.0, passed / float(config.get("duration") or 3600)))
