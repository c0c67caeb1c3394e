"""What a rehearsal says of the ways from gateways to their Redis and to declared services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reachability.fabrics import for_tests
from tools.processes import ProcessFailed
from tools.rehearse import Rehearsal, StepFailed, redis_reached, services_reached
from tools.session import Mode, Session
from tools.stack import Place, Stack


def path(**more: Any) -> dict[str, Any]:
    return {
        "control_plane": "gateway-prod-gcp-us-central1",
        "region": "us-central1",
        "host": "10.109.130.2",
        "port": 6378,
        "simulated": True,
        "hops": ["Kong's network kong-1", "Memorystore redis, ready"],
        "stopped": "",
        **more,
    }


def test_each_hop_is_shown_and_the_gateways_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    paths = [path(), path(region="europe-west1")]
    assert redis_reached(paths) == ["2 of 2 gateways in GCP reach their Redis"]
    shown = capsys.readouterr()
    lines = (shown.out + shown.err).splitlines()
    assert lines[:3] == [
        "gcp-us-central1 to its Redis at 10.109.130.2:6378",
        "  -> Kong's network kong-1",
        "  -> Memorystore redis, ready",
    ]


def test_a_way_that_leads_nowhere_fails_the_step_and_names_the_hop() -> None:
    stopped = "backend service b: no VM is healthy"
    with pytest.raises(StepFailed, match="6378: stopped at backend service b: no VM is healthy"):
        redis_reached([path(), path(stopped=stopped)])


def test_a_redis_that_the_team_has_elsewhere_is_not_checked() -> None:
    elsewhere = path(host="redis.shop.internal", simulated=False, stopped="it is no address")
    assert redis_reached([elsewhere]) == [
        "gcp-us-central1 to its Redis at redis.shop.internal:6378: not checked, because it is not "
        "in the sandbox"
    ]


def test_an_error_of_a_tool_fails_its_step_and_the_others_do_not_run() -> None:
    class Broken(Rehearsal):
        def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
            yield "up", self._broken
            yield "destroy", self.destroy

        def _broken(self) -> str:
            raise ProcessFailed("`pulumi stack export` of stack dev did not end within 120 s")

    session = Session(Path("pulumi"), {}, Stack(Place(Path(), Path()), "dev"), Mode.ON)
    rehearsal = Broken(session)
    assert rehearsal.run() == "up"
    assert [(one.name, one.verdict) for one in rehearsal.results] == [
        ("up", "failed"),
        ("destroy", "not run"),
    ]
    assert "did not end within" in rehearsal.results[0].detail


def test_an_environment_without_a_redis_in_gcp_says_nothing() -> None:
    assert redis_reached([]) == []


def test_a_declared_service_that_is_not_reached_fails_the_rehearsal() -> None:
    gateway = "multicloudgateway:index:MultiCloudGateway"
    services = {"orders": {"address": "10.65.32.10", "port": 443, "gateways": ["aws-us-east-2"]}}
    resource = {"type": gateway, "urn": f"u::{gateway}::gw", "outputs": {"services": services}}
    assert services_reached([{**resource, "outputs": {}}]) == []
    with pytest.raises(StepFailed, match=r"service orders \(10.65.32.10:443\).*no gateway aws-us"):
        services_reached([resource])


def test_connections_that_the_stack_does_not_show_to_their_end_are_counted() -> None:
    gateways = ["aws-us-east-2", "gcp-us-central1"]
    services = {"orders": {"address": "10.65.32.10", "port": 443, "gateways": gateways}}
    found = [
        {
            "type": one.type,
            "urn": one.urn,
            "id": one.id,
            "outputs": {**one.properties, "services": services},
            "propertyDependencies": one.dependencies,
        }
        for one in for_tests().resources()
    ]
    assert services_reached(found) == [
        "2 of 2 connections to services exist, 1 of them as far as the stack shows"
    ]
