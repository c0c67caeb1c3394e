"""Serverless gateways of the first generation: what is theirs alone."""

from __future__ import annotations

import pytest
from pulumi.runtime import rpc

from providers.base.errors import BadRequestError, ProviderError, TakenError
from providers.base.model import check
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import Props
from tests.providers.konnect.groups.certificates import KEY, RENEWED
from tests.providers.konnect.groups.serverless import CASES, SERVERLESS, a_control_plane
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import LocalKonnect


@pytest.fixture
def engine(konnect: LocalKonnect) -> Engine:
    return Engine(konnect, CASES["ServerlessCloudGateway"](konnect))


def test_a_gateway_has_the_id_of_its_control_plane_and_an_endpoint(engine: Engine) -> None:
    id_, outputs = engine.create()
    plane = engine.case.inputs["control_plane"]
    assert id_ == plane["id"]
    assert outputs["gateway_endpoint"] == f"kong-{plane['prefix']}us.kongcloud.dev"


def test_a_refresh_keeps_the_certificate_and_the_key_that_konnect_does_not_return(
    engine: Engine,
) -> None:
    id_, outputs = engine.create()
    (remote,) = engine.ours
    assert not remote.keys() & {"cluster_cert", "cluster_cert_key"}
    assert engine.provider.read(id_, outputs).outs["cluster_cert_key"] == KEY


def test_the_certificate_and_the_key_are_secrets_of_the_state(konnect: LocalKonnect) -> None:
    case = CASES["ServerlessCloudGateway"](konnect)
    sealed = case.provider().seal(case.inputs)
    for name in ("cluster_cert", "cluster_cert_key"):
        assert sealed[name][rpc._special_sig_key] == rpc._special_secret_sig
    assert sealed["labels"] == case.inputs["labels"]


@pytest.mark.parametrize(
    "change",
    [{"labels": {"env": "dev"}}, {"cluster_cert": RENEWED}],
    ids=lambda one: next(iter(one)),
)
def test_a_change_that_would_delete_the_live_gateway_first_is_refused(
    engine: Engine, change: Props
) -> None:
    id_, outputs = engine.create()
    with pytest.raises(ProviderError, match="cannot change while it is live") as caught:
        engine.provider.diff(id_, outputs, {**engine.case.inputs, **change})
    assert id_ in str(caught.value)
    assert next(iter(change)) in str(caught.value)
    assert "pulumi destroy --target" in str(caught.value)
    assert engine.diff(outputs, engine.case.inputs).changes is False


def test_another_control_plane_gets_a_gateway_before_the_old_one_is_deleted(
    engine: Engine, konnect: LocalKonnect
) -> None:
    _, outputs = engine.create()
    elsewhere = a_control_plane(konnect, "another")
    result = engine.diff(
        outputs, {**engine.case.inputs, "control_plane": elsewhere, "labels": {"env": "dev"}}
    )
    assert result.replaces == ["control_plane", "labels"]
    assert result.delete_before_replace is False


def test_a_gateway_is_of_the_stack_that_created_its_control_plane(konnect: LocalKonnect) -> None:
    case = CASES["ServerlessCloudGateway"](konnect)
    konnect.call(
        "PATCH", f"/v2/control-planes/{case.inputs['control_plane']['id']}", {"labels": {}}
    )
    engine = Engine(konnect, case)
    engine.create()
    with pytest.raises(TakenError, match="write adopt_existing_id"):
        engine.create()


def test_a_prefix_of_another_control_plane_is_refused(engine: Engine) -> None:
    plane = {**engine.case.inputs["control_plane"], "prefix": "0000000000"}
    with pytest.raises(BadRequestError, match="the prefix of control plane"):
        engine.create({**engine.case.inputs, "control_plane": plane})


def test_a_control_plane_of_another_type_is_refused(konnect: LocalKonnect) -> None:
    plane = {**a_control_plane(konnect), "id": konnect.plane("dedicated")}
    case = Case(SERVERLESS.provider, "", {**SERVERLESS.least, "control_plane": plane}, {}, {})
    with pytest.raises(BadRequestError, match="is not of type CLUSTER_TYPE_SERVERLESS"):
        Engine(konnect, case).create()


@pytest.mark.parametrize(
    "labels", [{"kong-env": "a"}, {"_x": "a"}, {"": "a"}, {"k" * 64: "a"}, {"env": ""}, {"e": "-"}]
)
def test_labels_that_konnect_would_refuse_are_refused(labels: Props) -> None:
    found = check(SERVERLESS.inputs, {**SERVERLESS.full, "labels": labels})
    assert [name for name, _ in found.failures] == ["labels"]


def test_labels_of_other_words_are_taken() -> None:
    labels = {"kuma": "a", "insomnia": "b", **{f"k{number}": "v" for number in range(8)}}
    assert check(SERVERLESS.inputs, {**SERVERLESS.full, "labels": labels}).failures == []
