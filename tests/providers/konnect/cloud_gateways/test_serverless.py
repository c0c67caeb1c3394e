"""Serverless gateways: configurations without version, network or autoscale.

A group of one is known by its cloud and region alone, and its only address is a hostname.
"""

from __future__ import annotations

import pytest

from providers.base.model import check
from providers.base.readiness import Ready, Waiting
from providers.konnect.cloud_gateways import configuration
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import Props
from tests.providers.konnect.examples import CONFIGURATION
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import HOUR, LocalKonnect

GEO = {"provider": "aws", "region": "us"}
ELSEWHERE = {"provider": "aws", "region": "eu"}
SECOND = "22222222-efd1-4bec-b246-62aa5d3f5695"


def inputs(plane: str, *groups: Props) -> Props:
    return {
        "control_plane_id": plane,
        "control_plane_geo": "us",
        "kind": "serverless.v1",
        "dataplane_groups": list(groups),
    }


@pytest.fixture
def engine(konnect: LocalKonnect) -> Engine:
    """A serverless configuration of one group, which can have another one as well."""
    plane = konnect.plane(cluster_type="CLUSTER_TYPE_SERVERLESS_V1", cloud_gateway=False)
    wanted = inputs(plane, GEO)
    change = {"dataplane_groups": [ELSEWHERE, GEO]}
    case = Case(CONFIGURATION.provider, "configurations", wanted, change, fixed={})
    konnect.requests.clear()
    return Engine(konnect, case)


def current(engine: Engine) -> Props:
    """The configuration in force, as Konnect shows it."""
    (item,) = engine.konnect.call("GET", "/v2/cloud-gateways/configurations")["data"]
    found: Props = item
    return found


def test_it_is_created_read_changed_and_deleted_in_one_write_each(engine: Engine) -> None:
    id_, outputs = engine.create()
    assert id_ == engine.case.inputs["control_plane_id"]
    assert "version" not in outputs
    assert engine.create() == (id_, outputs)
    engine.konnect.advance(HOUR)
    assert engine.provider.read(id_, outputs).outs == outputs
    assert engine.diff(outputs, engine.case.inputs).changes is False
    outputs = engine.update(id_, outputs, engine.case.changed)
    assert engine.provider.read(id_, outputs).outs == outputs
    engine.delete(id_, outputs)
    assert engine.provider.read(id_, outputs).id is None
    assert engine.konnect.objects("data-plane-groups") == []
    assert engine.konnect.writes == [("PUT", 200)] * 3


def test_it_is_ready_when_its_groups_are_and_yields_their_hostnames(engine: Engine) -> None:
    engine.create()
    assert configuration.judge(current(engine)) == Waiting("aws us initializing")
    engine.konnect.advance(HOUR)
    verdict = configuration.judge(current(engine))
    assert isinstance(verdict, Ready)
    (group,) = verdict.value.dataplane_groups
    assert (group.region, group.cloud_gateway_network_id) == ("us", "")
    assert len(group.hostnames) == 1


def test_a_group_that_somebody_added_is_seen(engine: Engine) -> None:
    id_, outputs = engine.create()
    by_hand = inputs(id_, GEO, ELSEWHERE)
    engine.konnect.call("PUT", "/v2/cloud-gateways/configurations", by_hand)
    refreshed = engine.provider.read(id_, outputs)
    assert refreshed.outs is not None
    assert engine.diff(refreshed.outs, engine.case.inputs).changes is True


def test_it_is_adopted_by_its_control_plane(engine: Engine) -> None:
    id_, _ = engine.create()
    _, seen = engine.create(adopt_existing_id=id_)
    assert engine.diff(seen, engine.case.inputs).changes is False


def test_another_kind_is_another_configuration(engine: Engine) -> None:
    _, outputs = engine.create()
    dedicated = {**CONFIGURATION.least, "control_plane_geo": "us"}
    dedicated["control_plane_id"] = engine.case.inputs["control_plane_id"]
    diff = engine.diff(outputs, dedicated)
    assert (diff.replaces, diff.delete_before_replace) == (["kind"], True)


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"version": "3.13"}, ("version", "is not allowed for serverless.v1")),
        (
            {"dataplane_groups": [{**GEO, "cloud_gateway_network_id": SECOND}]},
            ("dataplane_groups", "cloud_gateway_network_id is not allowed for serverless.v1"),
        ),
        (
            {"dataplane_groups": [{**GEO, "autoscale": {"kind": "autopilot", "base_rps": 1}}]},
            ("dataplane_groups", "autoscale is not allowed for serverless.v1"),
        ),
        (
            {"dataplane_groups": [GEO, {**GEO, "environment": [{"name": "KONG_A", "value": "1"}]}]},
            ("dataplane_groups", "is a second group in the same region"),
        ),
    ],
    ids=lambda value: next(iter(value)),
)
def test_what_only_dedicated_gateways_have_is_refused_in_a_preview(
    change: Props, failure: tuple[str, str]
) -> None:
    wanted = inputs("7f9fd312-a987-4628-b4c5-bb4f4fddd5f7", GEO)
    assert check(CONFIGURATION.inputs, wanted).failures == []
    ((name, reason),) = check(CONFIGURATION.inputs, {**wanted, **change}).failures
    assert (name, reason.split(": ")[-1]) == failure
