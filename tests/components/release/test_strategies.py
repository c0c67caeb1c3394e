"""Blue-green, A/B by header, the canary plugin, and waves over clouds, through gateways."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.types import ASGIApp

from components.release import ReleaseRefused
from components.release import gate as gates
from tests.components.release.stage import Stage, until
from tests.components.release.test_canary import PROBES, canary
from tests.components.release.test_gate import Analytics
from tests.sandbox.data_plane.gateways import server
from tests.sandbox.konnect.client import entities

Serve = Callable[[ASGIApp], str]


@pytest.fixture
def versions(serve: Serve) -> dict[str, Any]:
    """Two versions that run, with probes."""
    return {
        "versions": {
            "blue": {"targets": {"b": serve(server("blue"))}},
            "green": {"targets": {"g": serve(server("green"))}},
        },
        "health_checks": PROBES,
    }


def service(stage: Stage, plane: str, name: str = "orders") -> dict[str, Any]:
    body: dict[str, Any] = stage.konnect.get(entities(plane, f"services/{name}")).body
    return body


def test_a_blue_green_switch_is_one_put_of_the_service_and_fails_no_request(
    stage: Stage, versions: dict[str, Any]
) -> None:
    plane = stage.plane()
    planes = {"main": plane}

    def active(version: str) -> dict[str, Any]:
        return {**versions, "blue_green": {"active": version}, "gate": "none"}

    stage.up(active("blue"), planes)
    stage.gateways.start()
    assert stage.send(5).servers == {"blue": 5}
    changes = [stage.up(active("green"), planes)]
    assert stage.send(5).servers == {"green": 5}
    changes.append(stage.up(active("green"), planes, config={"release:rollback": "orders"}))
    assert stage.send(5).servers == {"blue": 5}
    assert changes[0] == [("update", "orders-main-service")]
    assert sorted(changes[1]) == [
        ("update", "orders-main-service"),
        ("update", "orders-main-upstream-green"),  # a tag: this version was rolled back
    ]


def test_a_rollback_that_is_left_in_the_configuration_does_not_bring_the_bad_version_back(
    stage: Stage,
) -> None:
    plane = stage.plane()
    planes = {"main": plane}
    rollback = {"release:rollback": "orders"}
    versions = {"blue": {"targets": {"b": "10.0.1.1"}}, "green": {"targets": {"g": "10.0.2.1"}}}

    def active(version: str) -> dict[str, Any]:
        strategy = {"active": version}
        return {
            "versions": versions,
            "blue_green": strategy,
            "health_checks": PROBES,
            "gate": "none",
        }

    stage.up(active("blue"), planes)
    stage.up(active("green"), planes)
    stage.up(active("green"), planes, config=rollback)
    assert stage.up(active("green"), planes, config=rollback) == []
    with pytest.raises(ReleaseRefused) as refused:
        stage.up(active("blue"), planes, config=rollback)
    assert (
        "control plane main: the rollback would send all requests to version 'green', which was "
        "rolled back before: run `pulumi config rm release:rollback`"
    ) in str(refused.value)
    assert service(stage, plane.id)["host"] == "orders-blue.release"
    changes = stage.up(active("blue"), planes)
    assert changes == [("update", "orders-main-upstream-green")]
    assert service(stage, plane.id)["host"] == "orders-blue.release"


def test_the_version_that_is_not_active_is_called_by_the_preview_header_and_judged_by_it(
    stage: Stage, versions: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    plane = stage.plane()
    planes = {"main": plane}

    def active(version: str) -> dict[str, Any]:
        strategy = {"active": version, "preview_header": "X-Release"}
        return {**versions, "blue_green": strategy, "paths": ["/orders"]}

    stage.up(active("blue"), planes)
    stage.gateways.start()
    assert stage.send(3).servers == {"blue": 3}
    assert stage.send(3, headers={"X-Release": "green"}).servers == {"green": 3}

    bad = Analytics(requests=200, errors=10)
    monkeypatch.setattr(gates, "query_metrics", bad)
    with pytest.raises(ReleaseRefused, match=r"5\.0 % of 200 requests to version 'green'"):
        stage.up(active("green"), planes)
    green = service(stage, plane.id, "orders-green")["id"]
    assert [one.value for one in bad.queries[0].filters] == [[f"{plane.id}:{green}"]]

    monkeypatch.setattr(gates, "query_metrics", Analytics(requests=200, errors=0))
    assert stage.up(active("green"), planes) == [("update", "orders-main-service")]
    assert stage.send(3).servers == {"green": 3}
    assert stage.send(3, headers={"X-Release": "blue"}).servers == {"blue": 3}


def test_an_a_b_test_sends_requests_with_a_header_to_a_service_of_their_own(
    stage: Stage, versions: dict[str, Any]
) -> None:
    plane = stage.plane()
    planes = {"main": plane}
    ab = {"control": "blue", "header": "X-Variant", "variants": {"green": ["b", "beta"]}}
    declared = {**versions, "ab": ab, "paths": ["/orders"]}
    stage.up(declared, planes)
    stage.gateways.start()
    assert stage.send(3).servers == {"blue": 3}
    assert stage.send(3, headers={"X-Variant": "a"}).servers == {"blue": 3}
    assert stage.send(3, headers={"X-Variant": "beta"}).servers == {"green": 3}
    assert stage.up(declared, planes) == []
    changes = stage.up(declared, planes, config={"release:rollback": "orders"})
    assert changes == [("update", "orders-main-service-green")]
    assert stage.send(3, headers={"X-Variant": "b"}).servers == {"blue": 3}


def test_an_a_b_test_without_probes_is_refused(stage: Stage) -> None:
    versions = {"a": {"targets": {"a": "10.0.1.1"}}, "b": {"targets": {"b": "10.0.2.1"}}}
    ab = {"control": "a", "header": "X-Variant", "variants": {"b": ["b"]}}
    with pytest.raises(ReleaseRefused, match="version 'b' gets requests, and nothing would take"):
        stage.up({"versions": versions, "ab": ab, "paths": ["/orders"]}, {"main": stage.plane()})


def plugin(versions: dict[str, Any], **settings: Any) -> dict[str, Any]:
    strategy = {"stable": "blue", "new": "green", "hash": "none", **settings}
    return {**versions, "canary_plugin": strategy, "gate": "none"}


def test_the_canary_plugin_sends_a_percentage_and_finishing_it_fails_no_request(
    stage: Stage, versions: dict[str, Any]
) -> None:
    planes = {"main": stage.plane()}
    stage.up(plugin(versions, percentage=0), planes)
    stage.gateways.start()
    assert stage.send(20).servers == {"blue": 20}
    stage.up(plugin(versions, percentage=50), planes)
    assert 8 <= stage.send(20).servers["green"] <= 12
    with stage.load_only() as traffic:
        changes = stage.up(plugin(versions, finish=True), planes)
        before = traffic.statuses.total()
        until(lambda: traffic.statuses.total() > before + 20)
    assert set(traffic.statuses) == {200}
    assert changes == [("update", "orders-main-service"), ("delete", "orders-main-canary")]
    assert stage.send(10).servers == {"green": 10}


def test_a_rollback_of_the_canary_plugin_switches_it_off(
    stage: Stage, versions: dict[str, Any]
) -> None:
    planes = {"main": stage.plane()}
    stage.up(plugin(versions, percentage=50), planes)
    stage.gateways.start()
    changes = stage.up(
        plugin(versions, percentage=50), planes, config={"release:rollback": "orders"}
    )
    assert changes == [("update", "orders-main-canary")]
    assert stage.send(10).servers == {"blue": 10}


def test_two_versions_that_change_roles_do_not_pass_the_limit_of_the_canary_plugin(
    stage: Stage, versions: dict[str, Any]
) -> None:
    plane = stage.plane()
    planes = {"main": plane}
    stage.up(plugin(versions, percentage=10), planes)
    swapped = plugin(versions, percentage=10, stable="green", new="blue")
    for config in ({}, {"release:rollback": "orders"}):
        with pytest.raises(ReleaseRefused) as refused:
            stage.up(swapped, planes, config=config)
        assert (
            "control plane main: the canary plugin sends requests to version 'green', which is "
            "now declared stable: finish the release first, or declare 'green' as new"
        ) in str(refused.value)
    assert service(stage, plane.id)["host"] == "orders-blue.release"


def test_a_change_of_strategy_takes_no_requests_from_a_live_version(
    stage: Stage, versions: dict[str, Any]
) -> None:
    planes = {"main": stage.plane()}

    def by_weights(share: int) -> dict[str, Any]:
        strategy = {"stable": "blue", "new": "green", "share": share}
        return {**versions, "canary": strategy, "gate": "none", "max_step": 100}

    at_once = {**versions, "blue_green": {"active": "green"}, "gate": "none"}
    stage.up(by_weights(10), planes)
    with pytest.raises(ReleaseRefused) as refused:
        stage.up(at_once, planes)
    assert "version 'green' would get all requests and has 10 %" in str(refused.value)
    stage.up(by_weights(100), planes)
    stage.up(at_once, planes)
    with pytest.raises(ReleaseRefused) as refused:
        stage.up(by_weights(0), planes)
    assert (
        "control plane main: version 'green' gets the requests and is not blue: keep its key and "
        "its role until another version has all requests"
    ) in str(refused.value)


def test_a_canary_by_time_begins_at_a_written_moment_so_a_later_up_changes_nothing(
    stage: Stage, versions: dict[str, Any]
) -> None:
    planes = {"main": stage.plane()}
    start = int(datetime.now(UTC).timestamp())
    declared = plugin(versions, start=start, duration=86400)
    stage.up(declared, planes)
    assert stage.up(declared, planes) == []
    with pytest.raises(ReleaseRefused, match="a step is at most 50"):
        stage.up(plugin(versions, start=start - 86400, duration=86400), planes)


def test_a_client_chooses_its_version_by_the_header_of_the_canary_plugin(
    stage: Stage, versions: dict[str, Any]
) -> None:
    planes = {"main": stage.plane()}
    stage.up(plugin(versions, percentage=0, header="X-Canary"), planes)
    stage.gateways.start()
    assert stage.send(3, headers={"X-Canary": "always"}).servers == {"green": 3}
    assert stage.send(3, headers={"X-Canary": "never"}).servers == {"blue": 3}


def test_a_consumer_of_an_acl_group_gets_the_new_version(
    stage: Stage, versions: dict[str, Any]
) -> None:
    plane = stage.plane()
    planes = {"main": plane}
    stage.up(plugin(versions, hash="allow", groups=["beta"]), planes)
    for name in ("tester", "customer"):
        consumer = plane.write("consumers", username=name)
        plane.write(f"consumers/{consumer['id']}/key-auth", key=name)
        if name == "tester":
            plane.write(f"consumers/{consumer['id']}/acls", group="beta")
    plane.write("plugins", name="key-auth", config={})
    stage.gateways.start()
    assert stage.send(3, headers={"apikey": "tester"}).servers == {"green": 3}
    assert stage.send(3, headers={"apikey": "customer"}).servers == {"blue": 3}


def test_a_later_wave_begins_when_the_earlier_one_has_everything(
    stage: Stage, serve: Serve
) -> None:
    planes = {"aws": stage.plane("us-east-2"), "gcp": stage.plane("eu-west-1")}
    old, new = {"a": serve(server("v1"))}, {"b": serve(server("v2"))}
    aws, gcp = planes["aws"], planes["gcp"]

    def step(wave: int, share: int) -> list[tuple[str, str]]:
        declared = canary(old, new, share, waves=[["aws"], ["gcp"]], wave=wave)
        return stage.up(declared, planes)

    def shares() -> tuple[list[int], list[int]]:
        of_aws, of_gcp = stage.weights(aws), stage.weights(gcp)
        both = (old["a"], new["b"])
        return [of_aws[one] for one in both], [of_gcp[one] for one in both]

    step(1, 0)
    stage.gateways.start()
    step(1, 50)
    assert shares() == ([50, 50], [100, 0])
    with pytest.raises(ReleaseRefused) as refused:
        step(2, 10)
    assert "wave 2 (gcp) begins when the waves before it have 100 %" in str(refused.value)
    assert "now there is aws at 50 %" in str(refused.value)
    step(1, 100)
    step(2, 50)
    assert shares() == ([0, 100], [50, 50])
    nodes = {one["region"]: one["name"] for one in stage.gateways.shown["gateways"]}
    assert stage.send(10, nodes["us-east-2"]).servers == {"v2": 10}
    assert stage.send(10, nodes["eu-west-1"]).servers == {"v1": 5, "v2": 5}


def test_a_wave_of_something_else_than_a_control_plane_is_refused(stage: Stage) -> None:
    planes = {"main": stage.plane()}
    with pytest.raises(ReleaseRefused) as refused:
        stage.up(canary({"a": "10.0.1.1"}, {"b": "10.0.2.1"}, 0, waves=[["aws"]]), planes)
    said = str(refused.value)
    assert "'aws' is no control plane of the release; there are main" in said
    assert "control plane 'main' is in no wave" in said
