"""A release inside an Api."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from starlette.types import ASGIApp

from components.api import Api, ApiArgs, ApiError
from providers import konnect
from tests.components.api import apis
from tests.components.release.stage import Stage, until
from tests.sandbox.data_plane.gateways import Plane, server

Serve = Callable[[ASGIApp], str]


def up(stage: Stage, plane: Plane, **args: Any) -> list[tuple[str, str]]:
    """Run a program with the API ``billing`` on a control plane."""
    shape = apis.Shape({"main": apis.Plane(False, id=plane.id)}, {"aws-us-east-2": "main"})
    routes = {"all": {"paths": ["/orders"], "protocols": ["http"]}}
    declared = {"owner": "billing", "service": {"protocol": "http"}, "routes": routes, **args}

    def program(provider: konnect.Provider) -> Any:
        opts = pulumi.ResourceOptions(provider=provider)
        return Api("billing", ApiArgs(**declared), shape.contract(), opts).service_ids

    return stage.run(program)


def test_an_api_with_targets_is_released_without_a_failed_request(
    stage: Stage, serve: Serve
) -> None:
    plane = stage.plane()
    old, new = serve(server("v1")), serve(server("v2"))
    health = {"type": "tcp", "interval": 5}
    up(stage, plane, upstream={"targets": {"a": {"target": old}}, "health_check": health})
    stage.gateways.start()

    def release(share: int) -> dict[str, Any]:
        versions = {"v1": {"targets": {"a": old}}, "v2": {"targets": {"b": new}}}
        canary = {"stable": "v1", "new": "v2", "share": share}
        return {"versions": versions, "canary": canary, "gate": "none"}

    with stage.load_only() as traffic:
        up(stage, plane, upstream={"health_check": health}, release=release(10))
        until(lambda: traffic.servers["v2"] > 3)
        changes = sorted(up(stage, plane, upstream={"health_check": health}, release=release(60)))
        again = up(stage, plane, upstream={"health_check": health}, release=release(60))
        until(lambda: traffic.servers["v2"] > 20)
    assert set(traffic.statuses) == {200}
    assert changes == [("update", "billing-main-target-a"), ("update", "billing-main-target-b")]
    assert again == []


def by_header(**more: Any) -> dict[str, Any]:
    versions = {"v1": {"targets": {"a": "10.0.1.1:80"}}, "v2": {"targets": {"b": "10.0.2.1:80"}}}
    ab = {"control": "v1", "header": "X-Variant", "variants": {"v2": ["beta"]}}
    release = {"versions": versions, "ab": ab, "paths": ["/orders"]}
    return {
        "upstream": {"health_check": {"type": "tcp", "interval": 5}},
        "release": release,
        "authentication": {"key_auth": {}},
        **more,
    }


def test_a_header_that_chooses_a_version_does_not_lead_around_the_authentication(
    stage: Stage,
) -> None:
    changes = up(stage, stage.plane(), **by_header())
    names = [name for _, name in changes]
    assert names.index("billing-main-plugin-authentication-of-v2") < names.index(
        "billing-main-route-v2"
    )
    stage.gateways.start()
    answers = [
        stage.gateways.get("/orders"),
        stage.gateways.get("/orders", headers={"X-Variant": "beta"}),
    ]
    assert [one.status_code for one in answers] == [401, 401]


def test_a_plugin_of_a_route_beside_a_release_by_header_is_refused() -> None:
    plugins = {"small": {"plugin": "cors", "route": "all"}}
    with pytest.raises(ApiError, match=r"plugins\.small\.route: \"all\" would not apply to the"):
        apis.built(apis.SHARED, **by_header(plugins=plugins, service={"protocol": "http"}))


def test_an_entity_whose_key_is_renamed_is_refused_and_not_deleted(stage: Stage) -> None:
    plane = stage.plane()

    def api(target: str, consumer: str) -> list[tuple[str, str]]:
        return up(
            stage,
            plane,
            upstream={"targets": {target: {"target": "10.0.1.1:80"}}},
            consumers={consumer: {"username": "shop"}},
        )

    api("a", "one")
    for renamed, there, here in (
        (("b", "one"), "billing-main-target-a", "billing-main-target-b"),
        (("a", "two"), "billing-main-consumer-one", "billing-main-consumer-two"),
    ):
        with pytest.raises(Exception, match=f"is the resource {there} of this stack") as refused:
            api(*renamed)
        assert f"is declared as {here}: it would be deleted with the old name" in str(refused.value)
    assert stage.weights(plane) == {"10.0.1.1:80": 100}
    assert api("a", "one") == []


def test_hosts_and_targets_beside_a_release_are_refused() -> None:
    release = {
        "versions": {"v1": {"targets": {"a": "10.0.1.1:80"}}},
        "canary": {"stable": "v1"},
    }
    targets = {"a": {"target": "10.0.1.1"}}
    with pytest.raises(ApiError) as refused:
        apis.built(
            apis.SHARED, service={"host": "billing"}, upstream={"targets": targets}, release=release
        )
    lines = str(refused.value).splitlines()
    assert [line for line in lines if "is there beside release" in line] == lines
    assert len(lines) == 2
    assert "move it to release.versions, or delete release" in lines[0]
