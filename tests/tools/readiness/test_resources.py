"""The clouds' side: the state, and what a refresh finds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tools.readiness.resources import StateError, read_resources
from tools.report.events import Event

WRITTEN = "2026-11-29T10:00:00Z"
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:prod::multicloud-gateway::{type_}::{name}"


def state(name: str, outputs: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    type_ = more.pop("type", "aws:ec2/route:Route")
    return {"urn": urn(type_, name), "type": type_, "id": name, "outputs": outputs, **more}


def exported(*resources: dict[str, Any]) -> str:
    return json.dumps({"deployment": {"manifest": {"time": WRITTEN}, "resources": resources}})


def read(op: str, name: str, new: dict[str, Any] | None) -> Event:
    metadata = {"op": op, "urn": urn("aws:ec2/route:Route", name), "type": "aws:ec2/route:Route"}
    states = {"old": {}, "new": None if new is None else {"outputs": new}}
    event = {"sequence": 1, "timestamp": 1, "resOutputsEvent": {"metadata": {**metadata, **states}}}
    return Event.model_validate(event)


def test_outputs_are_over_inputs_and_the_stack_outputs_are_the_contract() -> None:
    found = read_resources(
        exported(
            state("stack", {"geo": "us"}, type="pulumi:pulumi:Stack"),
            state("a", {"state": "active"}, inputs={"state": "wanted", "table": "t"}),
        )
    )
    (route,) = found.of("aws:ec2/route:Route")
    assert route.props == {"state": "active", "table": "t"}
    assert route.inputs == {"state": "wanted", "table": "t"}
    assert found.outputs == {"geo": "us"}
    assert (found.at, found.live) == (datetime.fromisoformat(WRITTEN), False)


def test_a_refresh_gives_the_values_of_now_and_leaves_out_what_is_gone() -> None:
    resources = exported(state("a", {"state": "active"}), state("b"), state("c"))
    events = [read("same", "a", {"state": "blackhole"}), read("delete", "b", None)]
    found = read_resources(resources, events, NOW)
    assert {one.name: one.text("state") for one in found.all} == {"a": "blackhole", "c": ""}
    assert (found.at, found.live) == (NOW, True)


def test_a_resource_that_a_replacement_left_behind_is_not_looked_at() -> None:
    assert not read_resources(exported(state("a", delete=True))).all


@pytest.mark.parametrize("text", ["", "{}", '{"deployment": {"resources": []}}', "[]"])
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(StateError, match="cannot be read"):
        read_resources(text)
