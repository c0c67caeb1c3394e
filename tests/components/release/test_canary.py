"""A canary by weights: 10, 50, 100 under load, with its guard rails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from starlette.types import ASGIApp

from components.release import ReleaseRefused
from providers import konnect as provider
from tests.components.release.stage import Stage, until
from tests.sandbox.data_plane.gateways import server

Serve = Callable[[ASGIApp], str]
PROBES = provider.health_checks.active(interval=5, type="tcp")


def canary(stable: Any, new: Any, share: int, **more: Any) -> dict[str, Any]:
    return {
        "versions": {"v1": {"targets": stable}, "v2": {"targets": new}},
        "canary": {"stable": "v1", "new": "v2", "share": share},
        "health_checks": PROBES,
        "gate": "none",
        **more,
    }


def test_ten_fifty_and_a_hundred_percent_fail_no_request_and_leave_no_upstream_empty(
    stage: Stage, serve: Serve
) -> None:
    plane = stage.plane()
    planes = {"main": plane}
    old, new = serve(server("v1")), serve(server("v2"))
    first = {
        "versions": {"v1": {"targets": {"a": old}}},
        "canary": {"stable": "v1"},
        "health_checks": PROBES,
    }
    stage.up(first, planes)
    stage.gateways.start()
    changes = []
    with stage.load(plane) as traffic:
        until(lambda: traffic.servers["v1"] > 20)
        for share in (10, 50, 100):
            changes.append(sorted(stage.up(canary({"a": old}, {"b": new}, share), planes)))
            more = traffic.servers.total() + 40
            until(lambda least=more: traffic.servers.total() > least)
        last = {
            "versions": {"v2": {"targets": {"b": new}}},
            "canary": {"stable": "v2"},
            "health_checks": PROBES,
        }
        changes.append(stage.up(last, planes))
        before = traffic.servers.total()
        until(lambda: traffic.servers.total() > before + 20)
    assert set(traffic.statuses) == {200}
    assert traffic.servers["v2"] > 40
    weights = [("update", "orders-main-target-a"), ("update", "orders-main-target-b")]
    assert changes[0] == [("create", "orders-main-target-b"), weights[0]]
    assert changes[1:-1] == [weights, weights]
    # A tag of the upstream names the stable version.
    assert changes[-1] == [("update", "orders-main-upstream"), ("delete", "orders-main-target-a")]


def test_an_up_in_the_middle_of_a_canary_changes_nothing(stage: Stage) -> None:
    planes = {"main": stage.plane()}
    declared = canary({"a": "10.0.1.10"}, {"b": "10.0.2.10"}, 10)
    stage.up(declared, planes)
    assert stage.up(declared, planes) == []


def test_the_targets_of_a_version_share_its_weight(stage: Stage) -> None:
    plane = stage.plane()
    stage.up(
        canary({"a": "10.0.1.1:80", "b": "10.0.1.2:80"}, {"c": "10.0.2.1:80"}, 10), {"main": plane}
    )
    assert stage.weights(plane) == {"10.0.1.1:80": 90, "10.0.1.2:80": 90, "10.0.2.1:80": 20}


def test_all_weight_moves_in_one_step_without_a_moment_in_which_no_target_has_any(
    stage: Stage, serve: Serve
) -> None:
    plane = stage.plane()
    planes = {"main": plane}
    old, new = serve(server("v1")), serve(server("v2"))
    stage.up(canary({"a": old}, {"b": new}, 0, max_step=100), planes)
    stage.gateways.start()
    with stage.load(plane) as traffic:
        forward = stage.up(canary({"a": old}, {"b": new}, 100, max_step=100), planes)
        back = stage.up(canary({"a": old}, {"b": new}, 0), planes)
        until(lambda: traffic.statuses.total() > 20)
    assert set(traffic.statuses) == {200}
    weights = [("update", "orders-main-target-b"), ("update", "orders-main-target-a")]
    assert (forward, back) == (weights, weights[::-1])


def test_a_step_above_the_limit_is_refused_and_names_the_live_share(stage: Stage) -> None:
    planes = {"main": stage.plane()}
    stage.up(canary({"a": "10.0.1.10"}, {"b": "10.0.2.10"}, 10), planes)
    before = stage.weights(planes["main"])
    with pytest.raises(ReleaseRefused) as refused:
        stage.up(canary({"a": "10.0.1.10"}, {"b": "10.0.2.10"}, 90), planes)
    assert (
        "version 'v2' has 10 % of the requests and 90 % are declared; a step is at most 50 "
        "(max_step): declare at most 60" in str(refused.value)
    )
    assert stage.weights(planes["main"]) == before


def test_a_smaller_share_is_always_allowed(stage: Stage) -> None:
    planes = {"main": stage.plane()}
    stage.up(canary({"a": "10.0.1.10"}, {"b": "10.0.2.10"}, 90), planes)
    stage.up(canary({"a": "10.0.1.10"}, {"b": "10.0.2.10"}, 0), planes)
    assert stage.weights(planes["main"]) == {"10.0.1.10:8000": 100, "10.0.2.10:8000": 0}


def test_a_rollback_by_configuration_needs_no_change_of_the_program(stage: Stage) -> None:
    planes = {"main": stage.plane()}
    declared = canary({"a": "10.0.1.10"}, {"b": "10.0.2.10"}, 50)
    stage.up(declared, planes)
    stage.up(declared, planes, config={"release:rollback": "other, orders"})
    assert stage.weights(planes["main"]) == {"10.0.1.10:8000": 100, "10.0.2.10:8000": 0}


def test_all_reasons_against_a_step_are_said_at_once(stage: Stage) -> None:
    planes = {"aws": stage.plane(), "gcp": stage.plane()}
    stage.up(canary({"a": "10.0.1.10"}, {"b": "10.0.2.10"}, 10), planes)
    with pytest.raises(ReleaseRefused) as refused:
        stage.up(canary({"a": "10.0.1.10"}, {"b": "10.0.2.10"}, 90, health_checks=None), planes)
    said = str(refused.value)
    assert said.count("a step is at most 50") == 2
    assert said.count("give health_checks with active probes") == 2


def test_targets_with_requests_cannot_vanish_with_their_version(stage: Stage) -> None:
    planes = {"main": stage.plane()}
    stage.up(canary({"a": "10.0.1.10"}, {"b": "10.0.2.10"}, 50), planes)
    alone = {
        "versions": {"v2": {"targets": {"b": "10.0.2.10"}}},
        "canary": {"stable": "v2"},
        "health_checks": PROBES,
    }
    with pytest.raises(ReleaseRefused, match=r"10\.0\.1\.10:8000 get 50 % of the requests"):
        stage.up(alone, planes)


def test_a_target_is_deleted_while_its_version_has_another_and_the_share_stays(
    stage: Stage,
) -> None:
    planes = {"main": stage.plane()}
    two, one, new = {"a": "10.0.1.1", "b": "10.0.1.2"}, {"a": "10.0.1.1"}, {"c": "10.0.2.1"}
    stage.up(canary(two, new, 10), planes)
    with pytest.raises(ReleaseRefused, match="change the targets or the share"):
        stage.up(canary(one, new, 20), planes)
    stage.up(canary(one, new, 10), planes)
    assert set(stage.weights(planes["main"])) == {"10.0.1.1:8000", "10.0.2.1:8000"}
    with pytest.raises(ReleaseRefused, match="neither v1 nor v2 has them"):
        stage.up(canary({"d": "10.0.1.3"}, new, 10), planes)


def test_two_versions_that_change_roles_do_not_pass_the_gate_and_the_limit_of_a_step(
    stage: Stage,
) -> None:
    planes = {"main": stage.plane()}
    declared = canary({"a": "10.0.1.10"}, {"b": "10.0.2.10"}, 10)
    stage.up(declared, planes)
    before = stage.weights(planes["main"])
    swapped = {**declared, "canary": {"stable": "v2", "new": "v1", "share": 0}}
    for config in ({}, {"release:rollback": "orders"}):
        with pytest.raises(ReleaseRefused) as refused:
            stage.up(swapped, planes, config=config)
        assert (
            "control plane main: canary.stable was 'v1' and is now 'v2', which has 10 % of the "
            "requests: a version becomes stable with 100 %, so give it more as canary.new, step "
            "by step"
        ) in str(refused.value)
    assert stage.weights(planes["main"]) == before


def test_a_target_that_gets_another_key_is_refused_and_not_deleted(stage: Stage) -> None:
    planes = {"main": stage.plane()}
    stage.up(canary({"a": "10.0.1.10"}, {"b": "10.0.2.10"}, 10), planes)
    before = stage.weights(planes["main"])
    with pytest.raises(ReleaseRefused) as refused:
        stage.up(canary({"z": "10.0.1.10"}, {"b": "10.0.2.10"}, 10), planes)
    assert (
        "control plane main: target 10.0.1.10:8000 is the resource orders-main-target-a and is "
        "declared as orders-main-target-z: it would be deleted with the old name; write the key "
        "that it had"
    ) in str(refused.value)
    assert stage.weights(planes["main"]) == before


def test_a_rollback_that_names_another_release_is_a_warning(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, _: warned.append(text))
    planes, declared = {"main": stage.plane()}, canary({"a": "10.0.0.1"}, {"b": "10.0.0.2"}, 10)
    stage.up(declared, planes, config={"release:rollback": "ordrs"})
    assert warned == ["release orders is not rolled back: release:rollback names ordrs"]


def test_a_rollback_that_is_left_in_the_configuration_is_named_when_nothing_can_be_rolled_back(
    stage: Stage,
) -> None:
    planes = {"main": stage.plane()}
    alone = {
        "versions": {"v1": {"targets": {"a": "10.0.1.10"}}},
        "canary": {"stable": "v1"},
        "health_checks": PROBES,
    }
    with pytest.raises(ReleaseRefused, match="run `pulumi config rm release:rollback`"):
        stage.up(alone, planes, config={"release:rollback": "orders"})
