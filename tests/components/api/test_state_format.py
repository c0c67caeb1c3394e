"""The URNs of an API with everything on: what is in the state of its stack.

A resource of another URN is replaced: requests would fail in between. Give it an alias
(`pulumi.Alias`) with its old name, and then record the new URNs:

    RECORD=1 pytest tests/components/api/test_state_format.py
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pulumi

from tests.components.api.apis import Plane, Shape, built

RECORDED = Path(__file__).parents[1] / "urns" / "api.txt"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
SHAPE = Shape(
    {"aws": Plane(groups=("gold",)), "gcp-us-central1": Plane(groups=("gold",))},
    {"aws-us-east-2": "aws", "gcp-us-central1": "gcp-us-central1"},
)
MODEL = {"route_type": "llm/v1/chat", "model": {"provider": "openai", "name": "gpt-5"}}


def everything() -> dict[str, Any]:
    return {
        "service": None,
        "upstream": {"health_check": {}},
        "upstreams": {
            "aws": {"targets": {"blue": {"target": "10.0.0.1"}}, "failover_to": "gcp"},
            "gcp": {"host": "billing.gcp.internal", "failover_to": "aws"},
        },
        "routes": {"invoices": {"paths": ["/invoices"]}},
        "openapi": {
            "document": {"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "readA"}}}}
        },
        "authentication": {
            "mtls": {"ca_certificates": ["partners"]},
            "consumer_groups": ["gold"],
        },
        "rate_limit": {"limit": 1},
        "cache": {},
        "ai": {"targets": [MODEL], "token_limits": [{"provider": "openai", "limit": 1}]},
        "plugins": {"key-auth": {"route": "readA"}, "cors": {}},
        "ca_certificates": {"partners": PEM},
    }


def test_the_urns_of_an_api_are_those_in_the_state_of_its_stack() -> None:
    def consumers() -> Any:
        keys = {"first": pulumi.Output.secret("key")}
        return {"shop": {"consumer_groups": ["gold"], "keys": keys}}

    world, _ = built(SHAPE, **everything(), consumers=consumers)
    urns = "\n".join(sorted(world.urns)) + "\n"
    if os.environ.get("RECORD"):
        RECORDED.write_text(urns)
    assert urns == RECORDED.read_text(), "a resource of another URN is replaced: see above"
