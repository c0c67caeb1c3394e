"""Services in the settings: what the component gets, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from components.regions import Cloud
from components.services import ServiceArgs, services_output
from stacks import settings
from stacks.arguments import gateway_args
from tests.stacks.baseline import lines_of, with_change

ORDERS = {"cloud": "aws", "region": "us-east-2", "address": "10.65.32.10"}


def document(**services: Any) -> dict[str, Any]:
    return with_change("services", to=services)


def test_a_service_becomes_an_output_of_the_gateway() -> None:
    written = {**ORDERS, "name": "orders.acme.internal", "gateways": ["aws-us-east-2"]}
    loaded = settings.load("test", document(orders=written))
    services = gateway_args(loaded).services
    assert services == {
        "orders": ServiceArgs(
            Cloud.AWS,
            "us-east-2",
            443,
            "10.65.32.10",
            "orders.acme.internal",
            ("aws-us-east-2",),
        )
    }
    assert services_output(services) == {"services": {"orders": {**written, "port": 443}}}


def test_an_environment_without_services_has_no_such_output() -> None:
    services = gateway_args(settings.load("test", document())).services
    assert services_output(services) == services_output(services, ["aws-us-east-2"]) == {}


def test_the_isolated_regions_are_an_output_beside_the_services() -> None:
    services = gateway_args(settings.load("test", document(orders=ORDERS))).services
    assert services_output(services, ["aws-us-east-2"])["isolated_regions"] == ["aws-us-east-2"]
    assert "isolated_regions" not in services_output(services)


@pytest.mark.parametrize(
    ("service", "said"),
    [
        (
            {"cloud": "aws", "region": "us-east-2"},
            "has neither an address nor a name; write address: 10.65.32.10, or a name",
        ),
        (
            {**ORDERS, "gateways": ["aws-us-east-1"]},
            'gateway.services.orders.gateways[0]: "aws-us-east-1" is not a region of this '
            "environment; did you mean aws-us-east-2?",
        ),
        ({**ORDERS, "address": "10.65.32"}, '"10.65.32" is not an IPv4 address'),
        ({**ORDERS, "port": 0}, "gateway.services.orders.port"),
    ],
)
def test_a_service_that_makes_no_sense_is_refused(service: dict[str, Any], said: str) -> None:
    assert any(said in line for line in lines_of(document(orders=service))), lines_of(
        document(orders=service)
    )
