"""Api: a service, its routes and plugins on every control plane of a gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from components.api.destinations import Destination
from components.api.model import ApiArgs, HealthCheck, Route, Service, Target, Upstream
from components.api.openapi import is_path
from components.api.plan import planned
from components.api.plugins import plane_cache
from components.api.urls import urls
from components.api.view import ControlPlaneView, GatewayView
from components.cache.wiring import wire
from components.component import Component
from components.governance.declarations import PluginDeclaration
from components.governance.governance import completed_config
from components.release.release import Release
from providers import konnect
from providers.konnect.core_entities.base import name_tag
from providers.konnect.core_entities.health_checks import CheckType

_CA_CERTIFICATES: Final = "ca_certificates"
_PROBES: Final[Mapping[str, CheckType]] = {
    "grpc": "grpc",
    "grpcs": "grpcs",
    "https": "https",
    "tcp": "tcp",
    "tls": "tcp",
    "wss": "https",
}
"""The type of probes for the protocol of a service; http for others."""


class Api(Component):
    """An API on every control plane of a gateway.

    Pass a ``konnect.Provider`` in ``opts.provider``. Its token needs to write to the control planes
    and nothing else. ``gateway`` is a ``GatewayContract``. Raises `ApiError` with all problems
    before anything is registered.
    """

    def __init__(
        self,
        name: str,
        args: ApiArgs,
        gateway: GatewayView,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        self._plan = planned(name, args, gateway)
        self._version = gateway.version
        super().__init__("Api", name, _registered(args), opts)
        self.args = args
        self._tags = [f"owner:{args.owner}", *args.tags]
        # Not annotated on the class: Pulumi would read that as the type of an input of this name.
        self.services: dict[str, konnect.GatewayService] = {}
        """By control plane key, as all of these."""
        self.routes: dict[str, dict[str, konnect.GatewayRoute]] = {}
        """By control plane key and key of the route."""
        self.upstreams: dict[str, konnect.GatewayUpstream] = {}
        """Where a control plane has targets."""
        self.targets: dict[str, dict[str, konnect.GatewayTarget]] = {}
        """By control plane key and key of the target."""
        self.plugins: dict[str, dict[str, konnect.GatewayPlugin]] = {}
        """By control plane key and key of the plugin."""
        self.release = self._release(gateway)
        """The release, if one is declared."""
        for key, plane in gateway.control_planes.items():
            self._on_control_plane(key, plane)
        self.control_planes = {key: one.id for key, one in gateway.control_planes.items()}
        """The ids of the control planes that the API is on."""
        self.urls = {
            key: region.hostnames.apply(
                lambda names: urls(names, self._plan.routes, self._plan.templates)
            )
            for key, region in gateway.regions.items()
        }
        """Where clients reach the API, by region key."""
        self.service_ids = {key: one.id for key, one in self.services.items()}
        self.route_ids = {
            key: {route: one.id for route, one in routes.items()}
            for key, routes in self.routes.items()
        }
        self.upstream_ids = {key: one.id for key, one in self.upstreams.items()}
        self.register_outputs(
            {
                "urls": self.urls,
                "service_ids": self.service_ids,
                "route_ids": self.route_ids,
                "upstream_ids": self.upstream_ids,
                "control_planes": self.control_planes,
            }
        )

    def _release(self, gateway: GatewayView) -> Release | None:
        """The upstreams and targets of the versions, with the health check of the API."""
        declared = self.args.release
        if declared is None:
            return None
        check = self.args.upstream.health_check if self.args.upstream else None
        if declared.health_checks is None and check is not None:
            checks = dict(self._health_checks(check) or {})
            declared = declared.model_copy(update={"health_checks": checks})
        return Release(
            self.name,
            declared,
            {key: plane.id for key, plane in gateway.control_planes.items()},
            service_name=self._plan.name,
            tags=self._tags,
            opts=self.child(),
        )

    def _tags_of(self, name: str) -> list[str]:
        """The tags of the entity of a resource."""
        return [*self._tags, name_tag(name)]

    def _on_control_plane(self, key: str, plane: ControlPlaneView) -> None:
        """Register the API on one control plane."""
        certificates = {
            name: konnect.GatewayCaCertificate(
                f"{self.name}-{key}-ca-{name}",
                control_plane_id=plane.id,
                cert=pem,
                tags=self._tags_of(f"{self.name}-{key}-ca-{name}"),
                opts=self.child(),
            ).id
            for name, pem in self.args.ca_certificates.items()
        }
        destination = self._plan.destinations.by_plane[key]
        service = self._service(key, plane, destination, certificates)
        self.services[key] = service
        self.plugins[key] = {
            name: self._plugin(key, name, declared, plane, certificates, {"service": service})
            for name, declared in self._plugins_of(key, of_route=False).items()
        }
        if self.release is not None:
            self._guard_versions(self.release, key, plane, certificates)
        # After the plugins of the service, so that no request passes without authentication.
        guards = list(self.plugins[key].values())
        self.routes[key] = {
            name: self._route(key, name, route, plane, service, guards)
            for name, route in self._plan.routes.items()
        }
        for name, declared in self._plugins_of(key, of_route=True).items():
            assert declared.route is not None
            scope = {"route": self.routes[key][declared.route]}
            self.plugins[key][name] = self._plugin(key, name, declared, plane, certificates, scope)
        for name in self.args.consumers:
            self._consumer(key, name, plane)

    def _guard_versions(
        self,
        release: Release,
        key: str,
        plane: ControlPlaneView,
        certificates: Mapping[str, pulumi.Output[str]],
    ) -> None:
        """The plugins of the service on the services that versions have of their own, and then
        their routes: a header must not lead around the authentication."""
        guards = [
            self._plugin(
                key, name, declared, plane, certificates, {"service": service}, f"-of-{version}"
            )
            for version, service in release.version_services[key].items()
            for name, declared in self._plugins_of(key, of_route=False).items()
        ]
        release.open_versions(key, guards)

    def _plugins_of(self, plane: str, *, of_route: bool) -> dict[str, PluginDeclaration]:
        """The plugins of the service, or of its routes, on a control plane."""
        there = {key: one.on(plane) for key, one in self._plan.plugins.plugins.items()}
        return {
            key: one
            for key, one in there.items()
            if one is not None and (one.route is not None) == of_route
        }

    def _service(
        self,
        key: str,
        plane: ControlPlaneView,
        destination: Destination,
        certificates: Mapping[str, pulumi.Output[str]],
    ) -> konnect.GatewayService:
        """The service. Targets come first: an upstream without one answers 503."""
        given = self.args.service or Service()
        address = self._plan.destinations.address
        host: Any = destination.host
        behind: list[pulumi.Resource] = []
        if destination.targets:
            upstream = self._upstream(key, plane, destination.targets)
            behind = [upstream, *self.targets[key].values()]
            host = upstream.name
        if self.release is not None:
            behind, host = list(self.release.targets(key)), self.release.hosts[key]
        service = konnect.GatewayService(
            f"{self.name}-{key}-service",
            control_plane_id=plane.id,
            name=self._plan.name,
            host=host,
            protocol=address.protocol,
            port=address.port,
            path=address.path,
            connect_timeout=given.connect_timeout,
            read_timeout=given.read_timeout,
            write_timeout=given.write_timeout,
            retries=given.retries,
            tls_verify=given.tls_verify,
            tls_verify_depth=given.tls_verify_depth,
            ca_certificates=[certificates[one] for one in given.ca_certificates] or None,
            tags=self._tags_of(f"{self.name}-{key}-service"),
            opts=self.child(behind),
        )
        if self.release is not None:
            self.release.attach(key, service.id)
        return service

    def _upstream(
        self, key: str, plane: ControlPlaneView, targets: Mapping[str, Target]
    ) -> konnect.GatewayUpstream:
        """The upstream of a control plane, with its targets."""
        given = self.args.upstream or Upstream()
        upstream = konnect.GatewayUpstream(
            f"{self.name}-{key}-upstream",
            control_plane_id=plane.id,
            name=f"{self._plan.name}.upstream",
            algorithm=given.algorithm,
            hash_on=given.hash_on,
            hash_on_header=given.hash_on_header,
            host_header=given.host_header,
            healthchecks=self._health_checks(given.health_check),
            tags=self._tags_of(f"{self.name}-{key}-upstream"),
            opts=self.child(),
        )
        self.upstreams[key] = upstream
        self.targets[key] = {
            name: konnect.GatewayTarget(
                f"{self.name}-{key}-target-{name}",
                control_plane_id=plane.id,
                upstream_id=upstream.id,
                target=target.target,
                weight=target.weight,
                failover=target.failover,
                tags=self._tags_of(f"{self.name}-{key}-target-{name}"),
                opts=self.child(),
            )
            for name, target in targets.items()
        }
        return upstream

    def _health_checks(self, check: HealthCheck | None) -> Mapping[str, Any] | None:
        if check is None:
            return None
        protocol = self._plan.destinations.address.protocol
        verify = self.args.service.tls_verify if self.args.service else None
        return konnect.health_checks.circuit_breaker(
            failures=check.failures,
            probe_interval=check.interval,
            retry_interval=check.interval,
            successes=check.successes,
            timeout=check.timeout,
            type=check.type or _PROBES.get(protocol, "http"),
            http_path=check.path,
            https_verify_certificate=verify,
        )

    def _route(
        self,
        key: str,
        name: str,
        route: Route,
        plane: ControlPlaneView,
        service: konnect.GatewayService,
        guards: Sequence[pulumi.Resource],
    ) -> konnect.GatewayRoute:
        return konnect.GatewayRoute(
            f"{self.name}-{key}-route-{name}",
            control_plane_id=plane.id,
            name=f"{self._plan.name}-{name}",
            service={"id": service.id},
            paths=route.paths,
            methods=route.methods,
            hosts=route.hosts,
            headers=route.headers,
            snis=route.snis,
            protocols=route.protocols,
            strip_path=route.strip_path,
            preserve_host=route.preserve_host,
            path_handling=route.path_handling,
            regex_priority=route.regex_priority,
            https_redirect_status_code=route.https_redirect_status_code,
            request_buffering=route.request_buffering,
            response_buffering=route.response_buffering,
            tags=self._tags_of(f"{self.name}-{key}-route-{name}"),
            opts=self.child(guards),
        )

    def _plugin(
        self,
        key: str,
        name: str,
        declared: PluginDeclaration,
        plane: ControlPlaneView,
        certificates: Mapping[str, pulumi.Output[str]],
        scope: Mapping[str, pulumi.CustomResource],
        suffix: str = "",
    ) -> konnect.GatewayPlugin:
        """A plugin with the cache of the control plane, where it can use one.

        ``suffix`` is that of its names, for a further instance with the same counters.
        """
        cache = plane_cache(plane)
        namespace = f"{self._plan.name}-{key}"
        config = completed_config(name, declared, namespace, cached=cache is not None)
        authorities = config.get(_CA_CERTIFICATES)
        if isinstance(authorities, list | tuple):
            config[_CA_CERTIFICATES] = [certificates.get(one, one) for one in authorities]
        wired = wire(declared.plugin, config, cache, version=self._version)
        group = declared.consumer_group
        ids = {kind: {"id": resource.id} for kind, resource in scope.items()}
        resource_name = f"{self.name}-{key}-plugin-{name}{suffix}"
        return konnect.GatewayPlugin(
            resource_name,
            control_plane_id=plane.id,
            name=declared.plugin,
            instance_name=self._plan.plugins.instance_name(self._plan.name, name) + suffix,
            config=wired.config,
            partials=list(wired.partials) or None,
            enabled=declared.enabled,
            protocols=None if declared.protocols is None else list(declared.protocols),
            service=ids.get("service"),
            route=ids.get("route"),
            consumer_group=None if group is None else {"id": plane.consumer_groups[group]},
            ordering=declared.ordering,
            condition=declared.condition,
            tags=[*self._tags_of(resource_name), *declared.tags],
            opts=self.child(),
        )

    def _consumer(self, key: str, name: str, plane: ControlPlaneView) -> None:
        """A consumer with its API keys and memberships."""
        given = self.args.consumers[name]
        stem = f"{self.name}-{key}-consumer-{name}"
        consumer = konnect.GatewayConsumer(
            stem,
            control_plane_id=plane.id,
            username=given.username or name,
            custom_id=given.custom_id,
            tags=self._tags_of(stem),
            opts=self.child(),
        )
        for group in given.consumer_groups:
            konnect.GatewayConsumerGroupMember(
                f"{stem}-in-{group}",
                control_plane_id=plane.id,
                consumer_group_id=plane.consumer_groups[group],
                consumer_id=consumer.id,
                opts=self.child(),
            )
        for secret, value in given.keys.items():
            konnect.GatewayKeyAuth(
                f"{stem}-key-{secret}",
                control_plane_id=plane.id,
                consumer_id=consumer.id,
                key=value,
                tags=self._tags_of(f"{stem}-key-{secret}"),
                opts=self.child(),
            )


def _registered(args: ApiArgs) -> ApiArgs:
    """The arguments as inputs of the component: an OpenAPI document only by its path.

    A parsed document may have keys and values that the engine does not take: ``200``, dates.
    """
    if args.openapi is None or is_path(args.openapi.document):
        return args
    shown = args.openapi.model_copy(update={"document": "(inline)"})
    return args.model_copy(update={"openapi": shown})
