"""Allow-lists of gateways that see the client's address."""

from __future__ import annotations

from typing import Any

import pytest

from policies import types
from policies.rules.konnect_ip_restriction_client_address import policy
from tests.policies.rules.control_planes import control_plane
from tests.policies.runner import UNKNOWN, Resource, resource, run

ALLOWED = {"allow": ["203.0.113.0/24"]}


def gateways(*variables: str, plane: str = "main", value: Any = "x") -> Resource:
    environment = [{"name": name, "value": value} for name in variables]
    group = {"provider": "aws", "region": "us-east-2", "environment": environment}
    return resource(
        types.CONFIGURATION,
        f"{plane}-configuration",
        {"control_plane_id": UNKNOWN, "dataplane_groups": [group]},
        dependencies={"control_plane_id": [plane]},
    )


def restriction(config: Any, plane: str = "main", name: str = "ip-restriction") -> Resource:
    return resource(
        types.PLUGIN,
        "restriction",
        {"control_plane_id": UNKNOWN, "name": name, "config": config},
        dependencies={"control_plane_id": [plane]},
    )


def test_an_allow_list_where_gateways_see_the_clients_address_is_a_violation() -> None:
    resources = [
        control_plane("main"),
        gateways("KONG_TRUSTED_IPS", "KONG_REAL_IP_HEADER"),
        restriction(ALLOWED),
    ]
    outcome = run(policy, resources)
    assert outcome.names == ["restriction"]
    assert "KONG_REAL_IP_HEADER and KONG_TRUSTED_IPS of its gateways" in outcome.messages


def test_a_compliant_gateway_passes_with_the_variables_missing() -> None:
    outcome = run(policy, [control_plane("main"), gateways(), restriction(ALLOWED)])
    assert outcome.violations == []
    assert outcome.unknown is None


def test_an_excepted_list_may_be_judged_by_the_clients_address() -> None:
    resources = [control_plane("main"), gateways("KONG_TRUSTED_IPS"), restriction(ALLOWED)]
    config = {"exceptions": [{"resource": "restriction", "reason": "It lists the offices."}]}
    assert run(policy, resources, config).violations == []


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([gateways("KONG_LOG_LEVEL"), restriction(ALLOWED)], id="other-variables"),
        pytest.param(
            [gateways("KONG_TRUSTED_IPS"), restriction({"deny": ["192.0.2.1"]})], id="deny"
        ),
        pytest.param([gateways("KONG_TRUSTED_IPS"), restriction(None)], id="no-config"),
        pytest.param([gateways("KONG_TRUSTED_IPS"), restriction(ALLOWED, name="acl")], id="acl"),
        pytest.param(
            [control_plane("gcp"), gateways("KONG_TRUSTED_IPS"), restriction(ALLOWED, "gcp")],
            id="another-control-plane",
        ),
    ],
)
def test_other_plugins_and_gateways_are_none(others: list[Resource]) -> None:
    outcome = run(policy, [control_plane("main"), *others])
    assert outcome.violations == []
    assert outcome.unknown is None


def test_a_list_that_is_unknown_is_reported_as_not_decided() -> None:
    resources = [control_plane("main"), gateways("KONG_TRUSTED_IPS"), restriction(UNKNOWN)]
    assert run(policy, resources).unknown is not None
