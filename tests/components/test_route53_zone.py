"""Record sets beside those that exist in a public zone of Route 53."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_aws.route53 import outputs

from components.domains.route53 import RecordSet, require_room, routing_of
from providers.konnect import ProviderError

API = "api.example.com"
_NONE: dict[str, Any] = dict.fromkeys(
    (
        *("alias_target", "cidr_routing_config", "geolocation", "geoproximity_location"),
        *("failover", "health_check_id", "region", "set_identifier"),
        *("traffic_policy_instance_id", "resource_records"),
    )
)
POLICIES: dict[str, dict[str, Any]] = {
    "geoproximity": {"geoproximity_location": {"aws_region": "us-east-2"}},
    "latency": {"region": "us-east-2"},
    "geolocation": {"geolocation": {"country_code": "US"}},
    "failover": {"failover": "PRIMARY"},
    "weighted": {},
}


def record_set(type: str = "CNAME", **more: Any) -> RecordSet:
    return outputs.GetRecordsResourceRecordSetResult(
        name=f"{API}.", type=type, ttl=60, weight=0, multi_value_answer=False, **{**_NONE, **more}
    )


@pytest.mark.parametrize("routing", POLICIES)
def test_the_routing_of_a_record_set_is_the_policy_it_has(routing: str) -> None:
    assert routing_of(record_set(set_identifier="a", **POLICIES[routing])) == routing


def test_a_record_set_without_an_identifier_has_no_routing() -> None:
    assert routing_of(record_set()) is None


@pytest.mark.parametrize(
    ("type", "routing", "existing"),
    [
        ("CNAME", "latency", []),
        ("CNAME", None, [record_set()]),
        ("CNAME", "latency", [record_set(set_identifier="a", region="us-east-2")]),
        ("A", None, [record_set("CAA"), record_set("TXT")]),
    ],
)
def test_what_route_53_accepts_beside_each_other_is_not_refused(
    type: str, routing: str | None, existing: list[RecordSet]
) -> None:
    require_room(API, type, routing, existing)


@pytest.mark.parametrize(
    ("type", "routing", "existing", "wrong"),
    [
        ("CNAME", "latency", record_set(), "has no routing, and is to have routing latency"),
        (
            "CNAME",
            None,
            record_set(set_identifier="a"),
            "has routing weighted, and is to have no routing",
        ),
        ("A", None, record_set(), "has a record of type CNAME, and is to have one of type A"),
        (
            "CNAME",
            None,
            record_set("A"),
            "has a record of type A, and is to have one of type CNAME",
        ),
    ],
)
def test_what_excludes_each_other_is_refused_with_the_way_out(
    type: str, routing: str | None, existing: RecordSet, wrong: str
) -> None:
    with pytest.raises(ProviderError, match=wrong) as refused:
        require_room(API, type, routing, [existing])
    assert "use another name, or delete the name from `entry`" in str(refused.value)
