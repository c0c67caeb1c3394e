"""One case of every Konnect resource that the simulated Konnect takes: for CRUD tests."""

from __future__ import annotations

from collections.abc import Callable

from tests.providers.konnect import examples
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import OWNER, Props
from tests.providers.konnect.groups import GROUPS
from tests.providers.konnect.local_konnect import HOUR, LocalKonnect

SECRET = "canary-REDIS-password-0123456789"


def network(konnect: LocalKonnect) -> Case:
    """A network."""
    return Case(
        examples.NETWORK.provider,
        "networks",
        inputs={
            "name": f"orders-{OWNER.id}",
            "cloud_gateway_provider_account_id": konnect.account(),
            "region": "us-east-2",
            "availability_zones": ["use2-az1", "use2-az2", "use2-az3"],
            "cidr_block": "10.4.0.0/16",
        },
        change={"name": f"orders-ohio-{OWNER.id}"},
        fixed={"cidr_block": "10.8.0.0/16"},
    )


def configuration(konnect: LocalKonnect) -> Case:
    """A configuration of one group."""
    plane = konnect.plane()
    return Case(
        examples.CONFIGURATION.provider,
        "configurations",
        inputs={
            "control_plane_id": plane,
            "control_plane_geo": "us",
            "version": "3.13",
            "dataplane_groups": [konnect.group(konnect.network())],
        },
        change={"version": "3.14"},
        fixed={"control_plane_geo": "eu"},
        listed=True,
    )


def transit_gateway(konnect: LocalKonnect) -> Case:
    """An attachment to an AWS transit gateway."""
    network_id = konnect.network()
    share = "arn:aws:ram:us-east-2:123456789012:resource-share/abc"
    return Case(
        examples.TRANSIT_GATEWAY.provider,
        "transit-gateways",
        inputs={
            "network_id": network_id,
            "name": "orders-hub",
            "transit_gateway_attachment_config": {
                "kind": "aws-transit-gateway-attachment",
                "transit_gateway_id": "tgw-0123456789abcdef0",
                "ram_share_arn": share,
            },
            "cidr_blocks": ["10.96.0.0/16", "10.99.0.0/16"],
        },
        change={"cidr_blocks": ["10.96.0.0/16"]},
        fixed={
            "dns_config": [
                {"remote_dns_server_ip_addresses": ["10.96.0.2"], "domain_proxy_list": ["a.b"]}
            ]
        },
        import_id=f'{{{{"network_id": "{network_id}", "id": "{{id}}"}}}}',
    )


def addon(konnect: LocalKonnect) -> Case:
    """A managed cache."""

    def of(tier: str) -> Props:
        capacity = {"kind": "tiered", "tier": tier}
        return {"kind": "managed-cache.v0", "capacity_config": capacity}

    def owned_by(plane: str) -> Props:
        return {"kind": "control-plane", "control_plane_id": plane, "control_plane_geo": "us"}

    return Case(
        examples.ADDON.provider,
        "add-ons",
        inputs={
            "name": "orders-cache",
            "owner": owned_by(konnect.plane()),
            "config": of("small"),
        },
        change={"config": of("medium")},
        fixed={"owner": owned_by(konnect.plane("other"))},
        settles=HOUR,
    )


def control_plane(_: LocalKonnect) -> Case:
    """A control plane."""
    return Case(
        examples.CONTROL_PLANE.provider,
        "control-planes",
        inputs={"name": "orders", "cloud_gateway": True, "labels": {"env": "prod"}},
        change={"description": "The orders platform", "labels": {"env": "dev"}},
        fixed={"cloud_gateway": False},
    )


def _entity(konnect: LocalKonnect, example: examples.Example, segment: str, **more: Props) -> Case:
    plane = konnect.plane()
    inputs = {"control_plane_id": plane, **more["inputs"]}
    return Case(
        example.provider,
        f"control-planes/{plane}/core-entities/{segment}",
        inputs=inputs,
        change=more["change"],
        fixed=more.get("fixed", {}),
        import_id=f'{{{{"id": "{{id}}", "control_plane_id": "{plane}"}}}}',
    )


def partial(konnect: LocalKonnect) -> Case:
    """A Redis partial with a password."""
    config = {"host": "redis.internal", "port": 6379, "password": SECRET}
    return _entity(
        konnect,
        examples.PARTIAL,
        "partials",
        inputs={"name": "orders-redis", "type": "redis-ee", "config": config},
        change={"config": {**config, "port": 6380}},
        fixed={"type": "redis-ce"},
    )


def service(konnect: LocalKonnect) -> Case:
    """A service."""
    return _entity(
        konnect,
        examples.SERVICE,
        "services",
        inputs={"name": "orders", "host": "orders.internal", "tags": ["b", "a"]},
        change={"port": 8080, "path": "/v1"},
    )


def route(konnect: LocalKonnect) -> Case:
    """A route of a service."""
    case = _entity(
        konnect,
        examples.ROUTE,
        "routes",
        inputs={"name": "orders", "paths": ["/orders"], "methods": ["POST", "GET"]},
        change={"strip_path": False, "hosts": ["api.example.com"]},
    )
    plane = case.inputs["control_plane_id"]
    service_id = konnect.entity(plane, "services", name="orders", host="orders.internal")
    case.inputs["service"] = {"id": service_id}
    return case


def plugin(konnect: LocalKonnect) -> Case:
    """A plugin that uses a Redis partial."""
    config = {"limit": [100], "window_size": [60], "strategy": "redis", "sync_rate": 0.5}
    case = _entity(
        konnect,
        examples.PLUGIN,
        "plugins",
        inputs={"name": "rate-limiting-advanced", "config": config},
        change={"config": {**config, "limit": [200]}},
    )
    plane = case.inputs["control_plane_id"]
    redis = {"name": "redis", "type": "redis-ee", "config": {"host": "redis.internal"}}
    case.inputs["partials"] = [{"id": konnect.entity(plane, "partials", **redis)}]
    return case


CASES: dict[str, Callable[[LocalKonnect], Case]] = {
    "CloudGatewayNetwork": network,
    "CloudGatewayConfiguration": configuration,
    "CloudGatewayTransitGateway": transit_gateway,
    "CloudGatewayAddon": addon,
    "GatewayControlPlane": control_plane,
    "GatewayPartial": partial,
    "GatewayService": service,
    "GatewayRoute": route,
    "GatewayPlugin": plugin,
    **{name: case for group in GROUPS for name, case in group.CASES.items()},
}
