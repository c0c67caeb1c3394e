"""Every body that is sent, against the request schemas that Kong publishes.

Most of these schemas are closed: a key that is not Konnect's fails here, and so does a
number that is sent as text.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from providers.base.model import check
from tests.providers.konnect import test_resource_fields as fields
from tests.providers.konnect.example import ENTITY, Example, Props, name_of
from tests.providers.konnect.examples import ADDON, CONFIGURATION, EXAMPLES, ROUTE, TRANSIT_GATEWAY
from tests.providers.konnect.groups.attachments import PRIVATE_DNS, RESOLVERS, ZONES
from tests.providers.konnect.groups.serverless import SERVERLESS
from tests.providers.konnect.scripted import Script, answer
from tests.sandbox.konnect.contract import contract

ATTACHMENTS = {
    config["kind"]: config
    for config in (
        fields.VPC_PEERING,
        fields.ENDPOINT,
        fields.VNET,
        fields.VHUB,
        fields.GCP,
    )
}


def check_request(request: httpx.Request) -> None:
    """Fail unless the documented operation takes this body."""
    operation = contract().operation(request.method, request.url.path)
    assert operation is not None, f"{request.method} {request.url.path} is not documented"
    contract().check_request(operation, json.loads(request.content))


def sent(example: Example, inputs: Props, changed: list[str] | None = None) -> httpx.Request:
    """The request that creates an object, or the one that changes some of its inputs."""
    checked = check(example.inputs, inputs)
    assert checked.failures == []
    model = example.inputs.model_validate(checked.inputs)
    empty = {"data": [], "meta": {"page": {"next": None}}}
    done = {"id": "x", "item": {"id": "x"}}  # Old APIs wrap what they answer.
    script = Script(lambda asked: answer(body=empty if asked.method == "GET" else done))
    if changed is None:
        example.provider().post(script.client(), model)
    else:
        example.provider().change(script.client(), ENTITY, model, changed)
    (request,) = [asked for asked in script.requests if asked.method != "GET"]
    return request


PUBLISHED = [example for example in EXAMPLES if example is not SERVERLESS]
"""Kong no longer publishes the document of serverless gateways of the first generation."""


@pytest.mark.parametrize("inputs", ["full", "least"])
@pytest.mark.parametrize("example", PUBLISHED, ids=name_of)
def test_a_create_is_as_published(example: Example, inputs: str) -> None:
    check_request(sent(example, getattr(example, inputs)))


@pytest.mark.parametrize("kind", ATTACHMENTS)
def test_every_kind_of_attachment_is_created_as_published(kind: str) -> None:
    ranges: Props = {"cidr_blocks": ["10.9.0.0/16"]} if kind == "aws-vpc-peering-attachment" else {}
    config = {"transit_gateway_attachment_config": ATTACHMENTS[kind]}
    check_request(sent(TRANSIT_GATEWAY, {**TRANSIT_GATEWAY.least, **ranges, **config}))


@pytest.mark.parametrize("config", [*ZONES, *RESOLVERS], ids=lambda config: config["kind"])
def test_every_kind_of_private_dns_is_created_as_published(config: Props) -> None:
    inputs = {**PRIVATE_DNS.least, "private_dns_attachment_config": config}
    check_request(sent(PRIVATE_DNS, inputs))


@pytest.mark.parametrize("config", RESOLVERS, ids=lambda config: config["kind"])
def test_a_new_name_of_a_resolver_is_as_published(config: Props) -> None:
    inputs = {**PRIVATE_DNS.full, "private_dns_attachment_config": config}
    check_request(sent(PRIVATE_DNS, inputs, ["name"]))


@pytest.mark.parametrize(
    ("example", "updating"), [(row[0], row[2]) for row in fields.TABLE], ids=name_of
)
def test_a_change_is_as_published_and_sends_the_changed_fields_only(
    example: Example, updating: Props
) -> None:
    for name, value in updating.items():
        request = sent(example, {**example.full, name: value}, [name])
        check_request(request)
        if request.method == "PATCH":
            assert set(json.loads(request.content)) == {name, *example.patched_with}


def test_both_flavours_of_a_route_are_sent_whole_as_published() -> None:
    common: Props = {"path_handling": "v1", "strip_path": False, "protocols": ["http"]}
    for inputs in (
        {**ROUTE.least, **common, "priority": 7},
        {**ROUTE.full, **common, "regex_priority": 7},
    ):
        request = sent(ROUTE, inputs)
        check_request(request)
        written = {*inputs} - {"control_plane_id", "adopt_existing_id"}
        assert written <= json.loads(request.content).keys()


def test_a_change_of_an_endpoint_is_as_published() -> None:
    changed = {**fields.ENDPOINT, "resource_config": [fields.SECOND_ENDPOINT]}
    inputs = {**TRANSIT_GATEWAY.least, "transit_gateway_attachment_config": changed}
    request = sent(TRANSIT_GATEWAY, inputs, ["transit_gateway_attachment_config"])
    check_request(request)


def test_a_schema_does_refuse_what_is_not_konnects() -> None:
    """Or all of the above would prove nothing."""
    request = sent(ADDON, ADDON.full)
    wrong: dict[str, Any] = {**json.loads(request.content), "adopt_existing_id": "x"}
    altered = httpx.Request(request.method, request.url, json=wrong)
    with pytest.raises(AssertionError, match="adopt_existing_id"):
        check_request(altered)


def test_an_emptied_configuration_is_as_published() -> None:
    check_request(sent(CONFIGURATION, {**CONFIGURATION.full, "dataplane_groups": []}))


def test_a_serverless_configuration_is_as_published() -> None:
    kind = {"kind": "serverless.v1", "dataplane_groups": [{"provider": "aws", "region": "us"}]}
    places = {name: CONFIGURATION.full[name] for name in ("control_plane_id", "control_plane_geo")}
    request = sent(CONFIGURATION, {**places, **kind})
    check_request(request)
    assert json.loads(request.content).keys() == {*places, *kind}
