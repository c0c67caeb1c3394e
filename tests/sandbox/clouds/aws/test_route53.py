"""Route 53 zones, records and health checks, and what Route 53 refuses."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import UNKNOWN, Failed, Made, Provider, Refused

GET_ZONE = "aws:route53/getZone:getZone"
ENDPOINT = {"type": "HTTPS", "fqdn": "a.example", "requestInterval": 30}


@pytest.fixture
def zone(aws: Provider) -> Made:
    return aws.create(tokens.ZONE, name="Example.com.")


@pytest.fixture
def check(aws: Provider) -> Made:
    return aws.create(tokens.HEALTH_CHECK, **ENDPOINT)


def cname(zone: Made, set_: str = "", **more: Any) -> dict[str, Any]:
    """The inputs of a CNAME record ``api``."""
    of_set = {"setIdentifier": set_} if set_ else {}
    data = {"type": "CNAME", "ttl": 60, "records": ["a.example"]}
    return {"zoneId": zone.id, "name": "api", **data, **of_set, **more}


def a_record(zone: Made, name: str, **more: Any) -> dict[str, Any]:
    return {"zoneId": zone.id, "name": name, "type": "A", "ttl": 60, "records": ["1.2.3.4"], **more}


def alias(zone: Made, name: str, zone_id: str, target: str, **more: Any) -> dict[str, Any]:
    to = {"zoneId": zone_id, "name": target, "evaluateTargetHealth": False}
    return {"zoneId": zone.id, "name": name, "type": "A", "aliases": [to], **more}


def weight(value: int) -> dict[str, Any]:
    return {"weightedRoutingPolicies": [{"weight": value}]}


def failover(type_: str) -> dict[str, Any]:
    return {"failoverRoutingPolicies": [{"type": type_}]}


def latency(region: str) -> dict[str, Any]:
    return {"latencyRoutingPolicies": [{"region": region}]}


# Names


@pytest.mark.parametrize(
    ("name", "fqdn"),
    [
        ("api", "api.example.com"),
        ("API.example.com.", "api.example.com"),
        ("", "example.com"),
        ("api.example.org", "api.example.org.example.com"),
    ],
)
def test_a_name_without_its_zone_gets_it(aws: Provider, zone: Made, name: str, fqdn: str) -> None:
    assert aws.create(tokens.RECORD, **a_record(zone, name))["fqdn"] == fqdn


def test_a_name_is_in_its_zone(aws: Provider, zone: Made) -> None:
    said = r"InvalidChangeBatch: \[RRSet .* anexample.com. is not permitted in zone example.com"
    with pytest.raises(Refused, match=said):
        aws.create(tokens.RECORD, **a_record(zone, "anexample.com"))


def test_another_spelling_of_a_name_is_no_change(aws: Provider, zone: Made) -> None:
    made = aws.create(tokens.RECORD, **a_record(zone, "API."))
    assert made["name"] == "api"
    assert list(aws.diff(made, name="api").diffs) == []
    assert list(aws.diff(made, name="other").replaces) == ["name"]


def test_a_record_exists_once_in_any_spelling(aws: Provider, zone: Made) -> None:
    aws.create(tokens.RECORD, **a_record(zone, "api"))
    said = r"Tried to create resource record set \[name='api.example.com.', type='A'\] but it alr"
    with pytest.raises(Refused, match=said):
        aws.create(tokens.RECORD, **a_record(zone, "api.example.com"))


def test_a_record_that_may_overwrite_takes_the_place_of_another(
    aws: Provider, zone: Made, store: Store
) -> None:
    first = aws.create(tokens.RECORD, **a_record(zone, "api"))
    again = a_record(zone, "api.example.com", allowOverwrite=True)
    second = aws.create(tokens.RECORD, "second", **again)
    assert [found.id for found in store.anywhere("aws", tokens.RECORD)] == [second.id]
    assert aws.read(first) is None


def test_the_name_servers_of_a_zone_exist_already(aws: Provider, zone: Made) -> None:
    servers = {"type": "NS", "ttl": 60, "records": ["ns.example."], "zoneId": zone.id}
    with pytest.raises(Refused, match="but it already exists"):
        aws.create(tokens.RECORD, name="", **servers)
    assert aws.create(tokens.RECORD, "child", name="child", **servers)
    assert aws.create(tokens.RECORD, name="", allowOverwrite=True, **servers)


def test_a_cname_is_alone_at_its_name_and_not_at_the_apex(aws: Provider, zone: Made) -> None:
    with pytest.raises(Refused, match=r"CNAME .* is not permitted at apex in zone example.com"):
        aws.create(tokens.RECORD, **cname(zone, name=""))
    made = aws.create(tokens.RECORD, **a_record(zone, "api"))
    with pytest.raises(Refused, match=r"type CNAME .* conflicts with other records"):
        aws.create(tokens.RECORD, "alias", **cname(zone))
    changed = aws.update(made, type="CNAME", records=["a.example"])
    assert changed["type"] == "CNAME"
    with pytest.raises(Refused, match="type A is not permitted as it conflicts"):
        aws.create(tokens.RECORD, "address", **a_record(zone, "api"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"records": ["a.example"]}, "ARRDATAIllegalIPv4Address"),
        ({"type": "AAAA"}, "AAAARRDATAIllegalIPv6Address"),
        ({"type": "CNAME", "records": ["a.example", "b.example"]}, "more than one resource record"),
        ({"ttl": None}, "InvalidInput: Invalid request: Missing field 'TTL'"),
        ({"setIdentifier": "a"}, "InvalidInput: .* but found none"),
        ({"setIdentifier": "a", **weight(256)}, "InvalidInput: .*Weight 256"),
    ],
)
def test_the_data_of_a_record_fit_its_type(
    aws: Provider, zone: Made, change: dict[str, Any], said: str
) -> None:
    inputs = {key: value for key, value in a_record(zone, "x", **change).items() if value}
    with pytest.raises(Refused, match=said):
        aws.create(tokens.RECORD, **inputs)


# Routing policies


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (
            {
                "records": ["a"],
                "aliases": [{"name": "a", "zoneId": "Z", "evaluateTargetHealth": True}],
            },
            "only one of `aliases,records` can be specified",
        ),
        ({"records": ["a"], "ttl": 60, **weight(1)}, "Policies,setIdentifier` must be specified"),
        (
            {"records": ["a"], "ttl": 60, "setIdentifier": "a", **weight(1), **failover("PRIMARY")},
            "conflicts with weightedRoutingPolicies",
        ),
        (
            {
                "records": ["a"],
                "ttl": 60,
                "setIdentifier": "a",
                "geoproximityRoutingPolicy": {"awsRegion": "us-east-2", "bias": 100},
            },
            r"expected bias to be in the range \(-99 - 99\)",
        ),
    ],
)
def test_a_preview_refuses_a_record_of_two_forms(
    aws: Provider, zone: Made, inputs: dict[str, Any], said: str
) -> None:
    with pytest.raises(Failed, match=said):
        aws.create(tokens.RECORD, zoneId=zone.id, name="api", type="CNAME", **inputs)


def test_a_record_without_data_is_refused_when_it_is_created(aws: Provider, zone: Made) -> None:
    with pytest.raises(Refused, match="one of `aliases,records` must be specified"):
        aws.create(tokens.RECORD, zoneId=zone.id, name="api", type="CNAME")


def test_a_preview_accepts_a_record_whose_data_are_not_known_yet(aws: Provider, zone: Made) -> None:
    inputs = {"zoneId": zone.id, "name": "api", "type": "CNAME", "ttl": 60, "records": UNKNOWN}
    _, failures = aws.check(tokens.RECORD, **inputs)
    assert failures == {}


def test_the_records_of_a_name_have_one_policy(aws: Provider, zone: Made) -> None:
    aws.create(tokens.RECORD, "a", **cname(zone, "a", **weight(0)))
    aws.create(tokens.RECORD, "b", **cname(zone, "b", **weight(255)))
    for more, said in (
        (cname(zone, "c", **latency("us-east-2")), "a non-latency set exists with the same name"),
        (cname(zone), "cannot be created as other RRSets exist with the same name and type"),
        (cname(zone, "b", **weight(2)), "set-identifier='b'] but it already exists"),
        (cname(zone, "c", **weight(2), ttl=30), "weighted sets must contain the same TTL"),
    ):
        with pytest.raises(Refused, match=said.replace("]", r"\]")):
            aws.create(tokens.RECORD, "c", **more)


def test_weights_and_identifiers_change_in_place(aws: Provider, zone: Made) -> None:
    made = aws.create(tokens.RECORD, **cname(zone, "a", **weight(10)))
    answer = aws.diff(made, setIdentifier="b", **weight(0))
    assert list(answer.replaces) == []
    changed = aws.update(made, setIdentifier="b", **weight(0))
    assert changed["weightedRoutingPolicies"] == [{"weight": 0}]


def test_a_region_has_one_latency_record(aws: Provider, zone: Made) -> None:
    aws.create(tokens.RECORD, "a", **cname(zone, "a", **latency("us-east-2")))
    aws.create(tokens.RECORD, "b", **cname(zone, "b", **latency("eu-west-1")))
    with pytest.raises(Refused, match="a latency set exists with the same"):
        aws.create(tokens.RECORD, "c", **cname(zone, "c", **latency("eu-west-1")))
    with pytest.raises(Failed, match=r"expected .*region to be one of"):
        aws.create(tokens.RECORD, "d", **cname(zone, "d", **latency("westeurope")))


def test_a_failover_has_one_primary_with_a_health_check(
    aws: Provider, zone: Made, check: Made
) -> None:
    primary = cname(zone, "a", **failover("PRIMARY"))
    with pytest.raises(Refused, match="non-alias primary ResourceRecordSet must have an assoc"):
        aws.create(tokens.RECORD, "a", **primary)
    aws.create(tokens.RECORD, "a", **primary, healthCheckId=check.id)
    aws.create(tokens.RECORD, "b", **cname(zone, "b", **failover("SECONDARY")))
    with pytest.raises(Refused, match="a failover set exists with the same"):
        aws.create(tokens.RECORD, "c", **cname(zone, "c", **failover("SECONDARY")))


def test_a_geoproximity_record_has_one_kind_of_location(aws: Provider, zone: Made) -> None:
    place = [{"latitude": "53.35", "longitude": "-6.26"}]
    for location in ({"awsRegion": "us-east-2", "coordinates": place}, {"bias": 10}):
        with pytest.raises(Refused, match="takes exactly one of awsRegion, coordinates"):
            aws.create(tokens.RECORD, **cname(zone, "a", geoproximityRoutingPolicy={**location}))
    assert aws.create(
        tokens.RECORD,
        **cname(zone, "a", geoproximityRoutingPolicy={"coordinates": place, "bias": -20}),
    )


# Aliases


def test_an_alias_targets_a_record_of_its_zone(aws: Provider, zone: Made) -> None:
    inputs = alias(zone, "", zone.id, "www.example.com")
    with pytest.raises(Refused, match=r"alias that targets www.example.com.*target was not found"):
        aws.create(tokens.RECORD, **inputs)
    aws.create(tokens.RECORD, "target", **a_record(zone, "www"))
    assert aws.create(tokens.RECORD, **inputs)["fqdn"] == "example.com"


@pytest.mark.parametrize(
    ("zone_id", "target", "taken"),
    [
        ("Z2FDTNDATAQYW2", "d1.cloudfront.net", True),
        ("Z2FDTNDATAQYW2", "www.example.org", False),
        ("Z3AADJGX6KTTL2", "lb-1.us-east-2.elb.amazonaws.com", True),
        ("ZLMOA37VPKANP", "lb-1.us-east-2.elb.amazonaws.com", False),
        ("ZUNKNOWN", "d1.cloudfront.net", False),
    ],
)
def test_an_alias_names_the_zone_of_its_target(
    aws: Provider, zone: Made, zone_id: str, target: str, taken: bool
) -> None:
    inputs = alias(zone, "www", zone_id, target)
    if taken:
        assert aws.create(tokens.RECORD, **inputs)
        return
    with pytest.raises(Refused, match="target name does not lie within the target zone"):
        aws.create(tokens.RECORD, **inputs)


def test_a_failover_alias_evaluates_its_target(aws: Provider, zone: Made) -> None:
    aws.create(tokens.RECORD, "target", **a_record(zone, "www"))
    inputs = alias(zone, "x", zone.id, "www.example.com", setIdentifier="a", **failover("PRIMARY"))
    with pytest.raises(Refused, match="must have EvaluateTargetHealth set to true"):
        aws.create(tokens.RECORD, **inputs)
    inputs["aliases"][0]["evaluateTargetHealth"] = True
    assert aws.create(tokens.RECORD, **inputs)


# Zones


def test_a_zone_with_records_stays_unless_it_is_forced(aws: Provider, zone: Made) -> None:
    record = aws.create(tokens.RECORD, **cname(zone))
    with pytest.raises(Refused, match="DeleteHostedZone, api error HostedZoneNotEmpty"):
        aws.delete(zone)
    forced = aws.update(zone, forceDestroy=True)
    aws.delete(forced)
    assert aws.read(record) is None


def test_a_zone_is_found_by_name_or_id(aws: Provider, zone: Made) -> None:
    aws.create(tokens.RECORD, **cname(zone))
    for arguments in ({"name": "EXAMPLE.com"}, {"zoneId": zone.id}):
        found = aws.invoke(GET_ZONE, **arguments)
        assert (found["zoneId"], found["name"]) == (zone.id, "example.com")
        assert found["privateZone"] is False
        assert found["resourceRecordSetCount"] == 3


def test_a_private_zone_is_found_only_as_private(aws: Provider, zone: Made, vpc: Made) -> None:
    vpcs = [{"vpcId": vpc.id}]
    private = aws.create(tokens.ZONE, "private", name="example.com", vpcs=vpcs)
    assert aws.invoke(GET_ZONE, name="example.com")["zoneId"] == zone.id
    for arguments in ({"privateZone": True}, {"vpcId": vpc.id}):
        assert aws.invoke(GET_ZONE, name="example.com", **arguments)["zoneId"] == private.id


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"name": "example.org"}, "no matching Route 53 Hosted Zone found"),
        ({"name": "example.com", "tags": {"a": "b"}}, "no matching Route 53 Hosted Zone found"),
        ({"name": "example.com"}, "multiple Route 53 Hosted Zones matched"),
        ({"zoneId": "Z0"}, "GetHostedZone, api error NoSuchHostedZone"),
        ({"zoneId": "Z0", "name": "example.com"}, "only one of `zone_id` or `name` may be set"),
        ({"vpcId": "vpc-1", "privateZone": False}, "can only be set for private zones"),
    ],
)
def test_a_zone_that_is_missing_or_ambiguous_is_an_error(
    aws: Provider, zone: Made, arguments: dict[str, Any], said: str
) -> None:
    aws.create(tokens.ZONE, "again", name="example.com")
    with pytest.raises(Refused, match=said):
        aws.invoke(GET_ZONE, **arguments)


# Health checks


def test_a_health_check_has_defaults_and_changes_in_place(aws: Provider, check: Made) -> None:
    assert (check["enableSni"], check["failureThreshold"]) == (True, 3)
    assert list(aws.diff(check, fqdn="b.example", resourcePath="/health").replaces) == []
    assert list(aws.diff(check, requestInterval=10).replaces) == ["requestInterval"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"requestInterval": 20}, r"request_interval to be one of \[10 30\]"),
        ({"failureThreshold": 11}, r"range \(1 - 10\), got 11"),
        ({"regions": ["us-east-1", "us-west-2"]}, "3 item minimum"),
        ({"regions": ["us-east-1", "us-west-2", "us-east-2"]}, "got us-east-2"),
        ({"type": "PING"}, "to be one of"),
        ({"ipAddress": "a.example"}, "to contain a valid IP"),
    ],
)
def test_a_preview_refuses_a_health_check_out_of_range(
    aws: Provider, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(Failed, match=said):
        aws.create(tokens.HEALTH_CHECK, **{**ENDPOINT, **change})


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"type": "HTTPS"}, "needs an IP address or a fully qualified domain name"),
        ({"type": "TCP", "ipAddress": "10.0.0.4", "port": 443}, "private or non-routable range"),
        ({**ENDPOINT, "searchString": "ok"}, "SearchString is for the types"),
        ({**ENDPOINT, "type": "HTTPS_STR_MATCH"}, "SearchString is for the types"),
        ({**ENDPOINT, "childHealthThreshold": 1}, "childHealthThreshold is not allowed"),
        ({"type": "CALCULATED"}, "needs child health checks"),
        ({"type": "CALCULATED", "fqdn": "a.example"}, "fqdn is not allowed"),
    ],
)
def test_a_health_check_has_the_inputs_of_its_type(
    aws: Provider, inputs: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=f"CreateHealthCheck, api error InvalidInput: .*{said}"):
        aws.create(tokens.HEALTH_CHECK, **inputs)


def test_the_record_sets_of_a_zone_are_listed(aws: Provider, zone: Made) -> None:
    aws.create(tokens.RECORD, "a", **a_record(zone, "api"))
    caa = {"type": "CAA", "ttl": 300, "records": ['0 issue "pki.goog"']}
    aws.create(tokens.RECORD, "caa", zoneId=zone.id, name="", **caa)
    listed = aws.invoke("aws:route53/getRecords:getRecords", zoneId=zone.id)
    names = [(one["name"], one["type"]) for one in listed["resourceRecordSets"]]
    assert names == [("api.example.com.", "A"), ("example.com.", "CAA")]
    assert listed["resourceRecordSets"][1]["resourceRecords"] == [{"value": '0 issue "pki.goog"'}]


def test_the_list_of_record_sets_tells_the_routing_policy_of_each(
    aws: Provider, zone: Made
) -> None:
    policies: dict[str, dict[str, Any]] = {
        "latency": {"latencyRoutingPolicies": [{"region": "us-east-2"}]},
        "map": {"geoproximityRoutingPolicy": {"awsRegion": "us-east-2", "bias": 5}},
        "share": {"weightedRoutingPolicies": [{"weight": 7}]},
        "country": {"geolocationRoutingPolicies": [{"country": "US"}]},
    }
    for key, policy in policies.items():
        aws.create(tokens.RECORD, key, **a_record(zone, key), setIdentifier=key, **policy)
    listed = aws.invoke("aws:route53/getRecords:getRecords", zoneId=zone.id)
    sets = {one["setIdentifier"]: one for one in listed["resourceRecordSets"]}
    assert {key: (one["region"], one["weight"]) for key, one in sets.items()} == {
        "latency": ("us-east-2", 0),
        "map": ("", 0),
        "share": ("", 7),
        "country": ("", 0),
    }
    assert sets["map"]["geoproximityLocation"]["bias"] == 5
    assert sets["country"]["geolocation"]["countryCode"] == "US"
    assert sets["share"].get("geoproximityLocation") is None
    assert sets["share"].get("geolocation") is None
