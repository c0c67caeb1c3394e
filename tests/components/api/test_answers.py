"""An API on the gateways of the shipped environments, through their data planes.

The component runs under mocks that hand each Konnect resource to its real provider, which creates
it in a simulated Konnect. The gateways get their configuration from there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.runtime.mocks import MockResourceArgs
from starlette.types import ASGIApp

from components.placement import control_plane_key
from multicloudgateway import state
from providers import konnect as providers
from sandbox.konnect.tokens import DEFAULT_TOKEN
from tests import shipped
from tests.components.api.apis import Plane, Shape, built
from tests.components.gateway_mocks import World, plain
from tests.sandbox.data_plane.conftest import gateways, serve
from tests.sandbox.data_plane.gateways import Gateways, server, until
from tests.sandbox.konnect.client import ZONES, Konnect
from tests.sandbox.konnect.conftest import konnect, store, wall

__all__ = ["gateways", "konnect", "serve", "store", "wall"]

Serve = Callable[[ASGIApp], int]

CHECKOUT = Path(__file__).parents[3]
KEY = "k3y-of-the-shop"
ROUTES = {
    "openapi": "3.1.0",
    "servers": [{"url": "/billing"}],
    "paths": {
        "/invoices/{id}": {"get": {"operationId": "readInvoice", "responses": {}}},
        "/payments": {"post": {"operationId": "createPayment", "responses": {}}},
    },
}


class Created(World):
    """Mocks that create each Konnect resource as the engine's provider process would."""

    connection: providers.Connection

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        registered = super().new_resource(args)
        _, dynamic, kind = args.typ.partition("dynamic/")
        if not dynamic:
            return registered
        provider = state.provider(kind)
        known = self.connection
        settings = {"konnect:token": known.token, "konnect:server_url": known.server_url}
        provider.configure(ConfigureRequest(Config(settings, "p")))
        inputs = {k: v for k, v in plain(args.inputs).items() if k != "__provider"}
        checked = provider.check({}, inputs)
        assert checked.failures == []
        made = provider.create(checked.inputs)
        return made.id, {**inputs, **made.outs}


def created(konnect: Konnect, serve: Serve) -> Created:
    """Mocks that create resources in this Konnect."""
    world = Created()
    url = f"http://127.0.0.1:{serve(konnect.app)}"
    world.connection = providers.Connection(url, DEFAULT_TOKEN)
    return world


def shape_of(environment: str, konnect: Konnect) -> Shape:
    """The control planes and regions of a shipped environment, with running gateways."""
    loaded = shipped.load(environment)
    regions = {
        one.key: control_plane_key(
            loaded.control_planes, one.cloud, one.region, cache=loaded.cache is not None
        )
        for one in loaded.regions
    }
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in loaded.regions:
        ZONES.setdefault(one.region, list(one.zones))
        network = konnect.network(
            one.cloud.value, region=one.region, availability_zones=list(one.zones)
        )
        group = konnect.group(network, one.cloud.value)
        groups.setdefault(regions[one.key], []).append(group)
    planes = {key: Plane(cached=False, id=konnect.plane()) for key in groups}
    for key, plane in planes.items():
        konnect.configuration(plane.id, *groups[key])
    konnect.wait(40)
    return Shape(planes, regions)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_an_api_answers_at_the_gateways_of_every_region(
    environment: str,
    konnect: Konnect,
    gateways: Gateways,
    serve: Serve,
) -> None:
    shape = shape_of(environment, konnect)
    world = created(konnect, serve)

    def consumers() -> Any:
        return {"shop": {"keys": {"first": pulumi.Output.secret(KEY)}}}

    _, outputs = built(
        shape,
        world,
        service={"url": "http://billing.internal/v2"},
        routes={"old": {"paths": ["/old"], "protocols": ["http", "https"]}},
        openapi=ROUTES,
        authentication={"key_auth": {}},
        consumers=consumers,
        rate_limit={"limit": 3},
    )
    gateways.start()

    assert set(outputs["urls"]) == {*shape.regions}
    sent = {"apikey": KEY}
    for region in shape.regions:
        (node, *_) = gateways.names(region.partition("-")[2])
        assert gateways.get("/billing/invoices/7", node).status_code == 401
        answer = gateways.get("/billing/invoices/7", node, headers=sent)
        assert answer.status_code == 200
        assert answer.json()["url"] == "http://billing.internal/v2/billing/invoices/7"
        assert "apikey" not in answer.json()["headers"]
        assert gateways.call("POST", "/billing/payments", node, headers=sent).status_code == 200
        assert gateways.get("/billing/payments", node, headers=sent).status_code == 404
        stripped = gateways.get("/old/1", node, headers=sent)
        assert stripped.json()["url"] == "http://billing.internal/v2/1"
        # Each data plane counts for itself without a cache: three requests have passed.
        assert gateways.get("/old/1", node, headers=sent).status_code == 429


def test_requests_stay_in_their_cloud_and_go_to_another_while_its_service_fails(
    konnect: Konnect, gateways: Gateways, serve: Serve
) -> None:
    planes, regions = {}, {}
    for cloud, region in (("aws", "us-east-2"), ("azure", "eastus2")):
        planes[cloud] = Plane(cached=False, id=konnect.plane())
        regions[f"{cloud}-{region}"] = cloud
        network = konnect.network(cloud, region=region)
        konnect.configuration(planes[cloud].id, konnect.group(network, cloud))
    konnect.wait(40)
    status = {"aws": 200, "azure": 200}
    ports = {
        "aws": serve(server("aws", lambda: status["aws"])),
        "azure": serve(server("azure", lambda: status["azure"])),
    }
    targets = {cloud: {"one": {"target": f"127.0.0.1:{port}"}} for cloud, port in ports.items()}
    built(
        Shape(planes, regions),
        created(konnect, serve),
        service={"protocol": "http"},
        upstream={"health_check": {"interval": 0.2, "failures": 1, "successes": 1}},
        upstreams={
            "aws": {"targets": targets["aws"], "failover_to": "azure"},
            "azure": {"targets": targets["azure"], "failover_to": "aws"},
        },
        routes={"all": {"paths": ["/billing"], "protocols": ["http", "https"]}},
    )
    gateways.start()
    (aws, *_), (azure, *_) = gateways.names("us-east-2"), gateways.names("eastus2")

    def serving(node: str) -> str:
        return str(gateways.get("/billing", node).json().get("server"))

    assert (serving(aws), serving(azure)) == ("aws", "azure")
    status["aws"] = 503
    until(lambda: serving(aws) == "azure", 60)
    assert gateways.get("/billing", aws).status_code == 200
    assert serving(azure) == "azure"
    status["aws"] = 200
    until(lambda: serving(aws) == "aws", 60)
