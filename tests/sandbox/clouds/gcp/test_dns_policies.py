"""Routing policies of the simulated Cloud DNS, and public zones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import UNKNOWN, Failed, Made, Provider, Refused

NAME = "api.acme.example."
AWS, GCP = "k.aws-us-east-2.example.", "k.gcp-us-central1.example."


@pytest.fixture
def zone(gcp: Provider) -> Made:
    return gcp.create(tokens.GCP_ZONE, name="z", dnsName="acme.example.")


def steered(gcp: Provider, policy: dict[str, Any], type_: str = "CNAME", **more: Any) -> Made:
    inputs = {"managedZone": "z", "name": NAME, "type": type_, "ttl": 60, **more}
    return gcp.create(tokens.GCP_RECORD, f"{NAME} {type_}", routingPolicy=policy, **inputs)


def near(**places: str) -> dict[str, Any]:
    items = [{"location": at.replace("_", "-"), "rrdatas": [name]} for at, name in places.items()]
    return {"geos": items}


def shared(*shares: tuple[float, str]) -> dict[str, Any]:
    return {"wrrs": [{"weight": weight, "rrdatas": [name]} for weight, name in shares]}


def test_a_zone_is_found_by_its_name(gcp: Provider, zone: Made) -> None:
    found = gcp.invoke("gcp:dns/getManagedZone:getManagedZone", name="z")
    assert (found["id"], found["dnsName"], found["visibility"]) == (
        zone.id,
        "acme.example.",
        "public",
    )
    assert found["nameServers"][0] == "ns-cloud-a1.googledomains.com."
    with pytest.raises(Refused, match=r"resource named 'y' does not exist, notFound"):
        gcp.invoke("gcp:dns/getManagedZone:getManagedZone", name="y")


def test_names_are_steered_by_place_or_weight_and_change_in_place(
    gcp: Provider, zone: Made
) -> None:
    made = steered(gcp, near(us_east1=AWS, us_central1=GCP))
    assert list(gcp.diff(made, routingPolicy=near(us_central1=GCP)).replaces) == []
    gcp.update(made, routingPolicy=near(us_central1=GCP))
    changed = gcp.update(made, routingPolicy=shared((100, AWS), (0, GCP), (0.5, GCP)))
    assert [item["weight"] for item in changed["routingPolicy"]["wrrs"]] == [100, 0, 0.5]
    assert not gcp.diff(changed, **changed.inputs).diffs


def test_a_record_has_data_or_one_policy(gcp: Provider, zone: Made) -> None:
    with pytest.raises(Failed, match="only one of `routing_policy,rrdatas` can be specified"):
        steered(gcp, near(us_east1=AWS), rrdatas=[AWS])
    both = {**near(us_east1=AWS), **shared((1, AWS))}
    with pytest.raises(Failed, match=r"routing_policy.0.geo,routing_policy.0.wrr` were specified"):
        steered(gcp, both)
    with pytest.raises(Failed, match="but none was specified"):
        steered(gcp, {"enableGeoFencing": True})


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (near(mars_1=AWS), r"geo\.items\[0\]\.location': 'mars-1"),
        ({"geos": near(us_east1=AWS)["geos"] * 2}, r"geo\.items\[1\]\.location': 'us-east1"),
        (near(us_east1="no.dot"), r"geo\.items\[0\]\.rrdata\[0\]': 'no\.dot"),
        (shared((-1, AWS)), r"wrr\.items\[0\]\.weight': '-1"),
        ({"wrrs": [{"weight": 1}]}, r"wrr\.items\[0\]\.rrdata': '<empty>"),
        ({"wrrs": [{"weight": 1, "rrdatas": [AWS, GCP]}]}, r"wrr\.items\[0\]\.rrdata\[1\]"),
    ],
)
def test_a_bad_item_is_refused(
    gcp: Provider, zone: Made, policy: dict[str, Any], field: str
) -> None:
    said = rf"'entity\.change\.additions\[0\]\.routingPolicy\.{field}.*', invalid"
    with pytest.raises(Refused, match=said):
        steered(gcp, policy)


def test_only_addresses_are_checked_for_health(gcp: Provider, zone: Made) -> None:
    def checked(target: str, **check: str) -> dict[str, Any]:
        targets = {"externalEndpoints": [target]}
        return {"wrrs": [{"weight": 1, "healthCheckedTargets": targets}], **check}

    regions = ["us-east1", "us-central1", "europe-west1"]
    of_lb = gcp.create(tokens.GCP_HEALTH_CHECK, "lb", httpsHealthCheck={})
    of_dns = gcp.create(
        tokens.GCP_HEALTH_CHECK,
        "dns",
        httpsHealthCheck={},
        checkIntervalSec=30,
        sourceRegions=regions,
    )
    with pytest.raises(Refused, match=r"healthCheckedTargets': 'CNAME'"):
        steered(gcp, checked(AWS, healthCheck=of_dns.id))
    with pytest.raises(Refused, match=r"externalEndpoints\[0\]': 'k\.aws"):
        steered(gcp, checked(AWS, healthCheck=of_dns.id), "A")
    for check in ({}, {"healthCheck": of_lb.id}):
        with pytest.raises(Refused, match=r"routingPolicy\.healthCheck"):
            steered(gcp, checked("203.0.113.9", **check), "A")
    assert steered(gcp, checked("203.0.113.9", healthCheck=of_dns.id), "A").id
    with pytest.raises(Refused, match="resourceInUseByAnotherResource"):
        gcp.delete(of_dns)


def test_a_public_zone_names_no_internal_load_balancer(
    gcp: Provider, zone: Made, network: Made
) -> None:
    balancer = {
        "ipAddress": "10.0.0.9",
        "ipProtocol": "tcp",
        "networkUrl": network.id,
        "port": "443",
        "project": "acme",
    }
    targets = {"internalLoadBalancers": [balancer]}
    with pytest.raises(Refused, match="internalLoadBalancerDisallowedInPublicZone"):
        steered(gcp, {"geos": [{"location": "us-east1", "healthCheckedTargets": targets}]}, "A")


def test_the_name_of_a_zone_takes_no_cname(gcp: Provider, zone: Made) -> None:
    with pytest.raises(Refused, match="cnameResourceRecordSetConflict"):
        steered(gcp, shared((1, AWS)), name="acme.example.")


def test_a_policy_may_be_unknown_in_a_preview(gcp: Provider) -> None:
    inputs = {"managedZone": "z", "name": NAME, "type": "CNAME"}
    policy = {"geos": [{"location": "us-east1", "rrdatas": [UNKNOWN]}]}
    for unknown in (UNKNOWN, policy):
        assert gcp.check(tokens.GCP_RECORD, routingPolicy=unknown, **inputs)[1] == {}


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"timeoutSec": 6}, "resource.timeoutSec': '6'"),
        ({"sourceRegions": ["us-east1"], "checkIntervalSec": 30}, "exactly 3 distinct regions"),
        (
            {"sourceRegions": ["us-east1", "us-west1", "us-west2"]},
            "checkIntervalSec': '5'",
        ),
        (
            {"sourceRegions": ["us-east1", "us-west1", "moon"], "checkIntervalSec": 30},
            "'moon'. The region does not exist",
        ),
    ],
)
def test_a_bad_health_check_is_refused(gcp: Provider, inputs: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        gcp.create(tokens.GCP_HEALTH_CHECK, httpsHealthCheck={}, **inputs)


def test_a_health_check_is_of_one_protocol_and_keeps_what_google_chose(gcp: Provider) -> None:
    with pytest.raises(Failed, match="must be specified"):
        gcp.create(tokens.GCP_HEALTH_CHECK)
    made = gcp.create(tokens.GCP_HEALTH_CHECK, httpsHealthCheck={"requestPath": "/healthz"})
    assert made["type"] == "HTTPS"
    assert made["httpsHealthCheck"] == {
        "port": 443,
        "proxyHeader": "NONE",
        "requestPath": "/healthz",
    }
    assert not gcp.diff(made, **made.inputs).diffs
