"""Load balancers of the simulated GCP, certificates, and Cloud Armor."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused

NAME = "api.acme.example"
KONG = "k.gcp-us-east4.example"
EVERYBODY = {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["*"]}}
LAST = {"action": "allow", "priority": 2147483647, "match": EVERYBODY}


@pytest.fixture
def group(gcp: Provider) -> Made:
    return gcp.create(
        tokens.GCP_GLOBAL_GROUP, "g", networkEndpointType="INTERNET_FQDN_PORT", defaultPort=443
    )


def service_of(gcp: Provider, *groups: Made, **more: Any) -> Made:
    inputs = {
        "loadBalancingScheme": "EXTERNAL_MANAGED",
        "protocol": "HTTPS",
        "backends": [{"group": one.id} for one in groups],
        **more,
    }
    return gcp.create(tokens.GCP_BACKEND_SERVICE, "s", **inputs)


def shares(*weights: tuple[Made, int]) -> dict[str, Any]:
    items = [{"backendService": service.id, "weight": weight} for service, weight in weights]
    return {"weightedBackendServices": items}


# Network endpoint groups


def test_an_internet_group_has_one_endpoint_of_its_type(gcp: Provider, group: Made) -> None:
    def endpoint(**inputs: Any) -> Made:
        of = {"globalNetworkEndpointGroup": group["name"], "port": 443}
        return gcp.create(tokens.GCP_GLOBAL_ENDPOINT, **of, **inputs)

    with pytest.raises(Failed, match="one of `fqdn,ip_address` must be specified"):
        endpoint()
    with pytest.raises(Refused, match=r"resource\.ipAddress': '203.0.113.9'\. Not valid for"):
        endpoint(ipAddress="203.0.113.9")
    made = endpoint(fqdn=KONG)
    with pytest.raises(Refused, match="can have only one endpoint"):
        endpoint(fqdn="k.aws-us-east-2.example")
    assert list(gcp.diff(made, fqdn="k.aws-us-east-2.example").replaces) == ["fqdn"]


def hybrid(gcp: Provider, network: Made, **more: Any) -> Made:
    inputs = {
        "network": network.id,
        "networkEndpointType": "NON_GCP_PRIVATE_IP_PORT",
        "zone": "us-east4-b",
        **more,
    }
    return gcp.create(tokens.GCP_GROUP, "h", **inputs)


def test_a_hybrid_group_is_of_a_zone_without_a_subnetwork(gcp: Provider, network: Made) -> None:
    with pytest.raises(Refused, match="Cannot determine zone"):
        gcp.create(tokens.GCP_GROUP, network=network.id)
    with pytest.raises(Refused, match=r"zones/us-east4-z' was not found"):
        hybrid(gcp, network, zone="us-east4-z")
    with pytest.raises(Refused, match="Subnetwork must be empty"):
        hybrid(gcp, network, subnetwork="s")


@pytest.mark.parametrize(
    ("endpoints", "said"),
    [
        ([{"ipAddress": KONG, "port": 443}], "Must be an IPv4 address"),
        ([{"ipAddress": "10.64.0.9"}], "has no default port"),
        ([{"ipAddress": "10.64.0.9", "port": 443}] * 2, "The endpoint is given twice"),
        ([{"ipAddress": "10.64.0.9", "port": 443, "instance": "i"}], r"Endpoints\[0\]\.instance"),
    ],
)
def test_a_bad_endpoint_is_refused(
    gcp: Provider, network: Made, endpoints: list[dict[str, Any]], said: str
) -> None:
    made = hybrid(gcp, network)
    with pytest.raises(Refused, match=said):
        gcp.create(
            tokens.GCP_ENDPOINT_LIST,
            networkEndpointGroup=made["name"],
            zone="us-east4-b",
            networkEndpoints=endpoints,
        )


def test_endpoints_follow_addresses_in_place(gcp: Provider, network: Made) -> None:
    group = hybrid(gcp, network, defaultPort=443)
    made = gcp.create(
        tokens.GCP_ENDPOINT_LIST,
        networkEndpointGroup=group.id,
        zone="us-east4-b",
        networkEndpoints=[{"ipAddress": "10.64.0.9"}, {"ipAddress": "10.64.0.10"}],
    )
    same = [{"ipAddress": "10.64.0.10"}, {"ipAddress": "10.64.0.9"}]
    assert not gcp.diff(made, networkEndpoints=same).diffs
    changed = gcp.diff(made, networkEndpoints=[{"ipAddress": "10.64.0.11"}])
    assert (bool(changed.diffs), list(changed.replaces)) == (True, [])


# Backend services


def test_a_service_of_an_internet_group_has_no_health_check(gcp: Provider, group: Made) -> None:
    check = gcp.create(tokens.GCP_HEALTH_CHECK, httpsHealthCheck={})
    said = "GLOBAL HTTP backend services with EXTERNAL_MANAGED .* that have an Internet NEG"
    with pytest.raises(Refused, match=said):
        service_of(gcp, group, healthChecks=check.id)
    assert service_of(gcp, group)["backends"] == [
        {"group": group.id, "balancingMode": "UTILIZATION", "capacityScaler": 1}
    ]


def test_a_service_of_other_groups_has_a_health_check_of_load_balancers(
    gcp: Provider, network: Made, group: Made
) -> None:
    other = hybrid(gcp, network)
    with pytest.raises(Refused, match=r"'resource\.healthChecks': ''"):
        service_of(gcp, other)
    of_dns = gcp.create(
        tokens.GCP_HEALTH_CHECK,
        httpsHealthCheck={},
        checkIntervalSec=30,
        sourceRegions=["us-east1", "us-west1", "europe-west1"],
    )
    with pytest.raises(Refused, match="with source regions cannot be used"):
        service_of(gcp, other, healthChecks=of_dns.id)
    with pytest.raises(Refused, match="of the same type"):
        service_of(gcp, group, other)


@pytest.mark.parametrize(
    ("protocol", "backend", "said"),
    [
        ("HTTPS", {}, "must be RATE for the protocol HTTPS"),
        ("TCP", {"balancingMode": "RATE", "maxRate": 1}, "must be CONNECTION"),
        ("TCP", {"balancingMode": "CONNECTION"}, "maxConnectionsPerEndpoint"),
    ],
)
def test_a_hybrid_backend_has_a_limit_of_its_mode(
    gcp: Provider, network: Made, protocol: str, backend: dict[str, Any], said: str
) -> None:
    check = gcp.create(tokens.GCP_HEALTH_CHECK, tcpHealthCheck={})
    backends = [{"group": hybrid(gcp, network).id, **backend}]
    with pytest.raises(Refused, match=said):
        service_of(gcp, protocol=protocol, healthChecks=check.id, backends=backends)


def test_outlier_detection_needs_the_scheme_of_an_envoy_proxy(gcp: Provider, group: Made) -> None:
    found = {"consecutiveGatewayFailure": 3}
    with pytest.raises(Refused, match="Not supported with the load balancing scheme EXTERNAL"):
        service_of(gcp, group, loadBalancingScheme="EXTERNAL", outlierDetection=found)
    made = service_of(gcp, group, outlierDetection=found)
    changed = gcp.diff(made, customRequestHeaders=["X-Origin-Verify: s"])
    assert (bool(changed.diffs), list(changed.replaces)) == (True, [])
    assert list(gcp.diff(made, loadBalancingScheme="EXTERNAL").replaces) == ["loadBalancingScheme"]


def test_a_header_has_a_name_and_a_value(gcp: Provider, group: Made) -> None:
    with pytest.raises(Failed, match='"secret" is no header'):
        service_of(gcp, group, customRequestHeaders=["secret"])


# Cloud Armor


def test_a_policy_has_a_default_rule(gcp: Provider) -> None:
    made = gcp.create(tokens.GCP_SECURITY_POLICY)
    assert [(rule["action"], rule["priority"]) for rule in made["rules"]] == [("allow", 2147483647)]
    own = {"action": "deny(403)", "priority": 1, "match": EVERYBODY}
    with pytest.raises(Refused, match="A default rule with the priority 2147483647"):
        gcp.update(made, rules=[own])
    assert len(gcp.update(made, rules=[own, LAST])["rules"]) == 2


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"priority": 2147483647}, "same priorities"),
        ({"action": "drop"}, "'drop'. The action is not supported"),
        ({"action": "throttle"}, "Rate limit options are required"),
        ({"match": {**EVERYBODY, "expr": {"expression": "true"}}}, "Exactly one of"),
        ({"match": {"versionedExpr": "SRC_IPS_V1"}}, "1 to 10 source IP ranges"),
        (
            {"match": {**EVERYBODY, "config": {"srcIpRanges": ["10.0.0.1/8"]}}},
            "'10.0.0.1/8'. Must be an IP address",
        ),
    ],
)
def test_a_bad_rule_is_refused(gcp: Provider, rule: dict[str, Any], said: str) -> None:
    given = {"action": "allow", "priority": 1, "match": EVERYBODY, **rule}
    with pytest.raises(Refused, match=said):
        gcp.create(tokens.GCP_SECURITY_POLICY, rules=[LAST, given])


# Certificates


def authorization_of(gcp: Provider, **more: Any) -> Made:
    return gcp.create(tokens.GCP_DNS_AUTHORIZATION, "a", domain=NAME, **more)


def test_an_authorization_of_the_project_leaves_the_name_that_acme_uses(gcp: Provider) -> None:
    fixed = authorization_of(gcp)["dnsResourceRecords"][0]
    assert fixed["name"] == f"_acme-challenge.{NAME}."
    own = authorization_of(gcp, name="b", type="PER_PROJECT_RECORD")["dnsResourceRecords"][0]
    assert own["name"].startswith("_acme-challenge_")
    assert own["data"].endswith(".authorize.certificatemanager.goog.")
    with pytest.raises(Refused, match="without a wildcard"):
        gcp.create(tokens.GCP_DNS_AUTHORIZATION, domain=f"*.{NAME}")


def test_a_certificate_is_issued_when_its_record_is_there(gcp: Provider) -> None:
    proof = authorization_of(gcp)
    managed = {"domains": [NAME], "dnsAuthorizations": [proof.id]}
    with pytest.raises(Refused, match="No DNS authorization for the domain 'www"):
        gcp.create(tokens.GCP_CERTIFICATE, managed={**managed, "domains": ["www.acme.example"]})
    made = gcp.create(tokens.GCP_CERTIFICATE, managed=managed)
    assert made["managed"]["state"] == "PROVISIONING"
    record = proof["dnsResourceRecords"][0]
    gcp.create(tokens.GCP_ZONE, name="z", dnsName="acme.example.")
    gcp.create(
        tokens.GCP_RECORD,
        managedZone="z",
        name=record["name"],
        type="CNAME",
        rrdatas=[record["data"]],
    )
    current = gcp.read(made)
    assert current is not None
    assert current["managed"]["state"] == "ACTIVE"
    assert not gcp.diff(current, managed=managed).diffs


def test_an_entry_is_for_a_name_or_for_all_others(gcp: Provider) -> None:
    proof = authorization_of(gcp)
    managed = {"domains": [NAME], "dnsAuthorizations": [proof.id]}
    certificate = gcp.create(tokens.GCP_CERTIFICATE, managed=managed)
    made = gcp.create(tokens.GCP_CERTIFICATE_MAP)
    inputs = {"map": made["name"], "certificates": [certificate.id]}
    with pytest.raises(Failed, match="exactly one of `hostname,matcher`"):
        gcp.create(tokens.GCP_CERTIFICATE_MAP_ENTRY, **inputs)
    entry = gcp.create(tokens.GCP_CERTIFICATE_MAP_ENTRY, hostname=NAME, **inputs)
    assert entry.id.startswith(f"{made.id}/certificateMapEntries/")


# The front of the global load balancer


def test_a_url_map_shares_requests_and_changes_in_place(gcp: Provider, group: Made) -> None:
    service = service_of(gcp, group)
    with pytest.raises(Failed, match="exactly one of"):
        gcp.create(tokens.GCP_URL_MAP)
    both = {"defaultService": service.id, "defaultRouteAction": shares((service, 1))}
    with pytest.raises(Failed, match="exactly one of"):
        gcp.create(tokens.GCP_URL_MAP, **both)
    with pytest.raises(Refused, match="At least one weight must be greater than 0"):
        gcp.create(tokens.GCP_URL_MAP, defaultRouteAction=shares((service, 0)))
    made = gcp.create(tokens.GCP_URL_MAP, defaultRouteAction=shares((service, 100)))
    changed = gcp.diff(made, defaultRouteAction=shares((service, 50)))
    assert (bool(changed.diffs), list(changed.replaces)) == (True, [])


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([{"hosts": [NAME], "pathMatcher": "none"}], "'none'. The path matcher does not exist"),
        ([{"hosts": [NAME, NAME], "pathMatcher": "all"}], "The host is in another host rule"),
    ],
)
def test_a_bad_host_rule_is_refused(
    gcp: Provider, group: Made, rules: list[dict[str, Any]], said: str
) -> None:
    service = service_of(gcp, group)
    matchers = [{"name": "all", "defaultService": service.id}]
    inputs = {"defaultService": service.id, "hostRules": rules, "pathMatchers": matchers}
    with pytest.raises(Refused, match=said):
        gcp.create(tokens.GCP_URL_MAP, **inputs)


def proxy_of(gcp: Provider, service: Made) -> Made:
    url_map = gcp.create(tokens.GCP_URL_MAP, "u", defaultService=service.id)
    made = gcp.create(tokens.GCP_CERTIFICATE_MAP, "m")
    link = f"//certificatemanager.googleapis.com/{made.id}"
    return gcp.create(tokens.GCP_HTTPS_PROXY, "p", urlMap=url_map.id, certificateMap=link)


def test_an_https_proxy_has_certificates_by_a_full_link(gcp: Provider, group: Made) -> None:
    url_map = gcp.create(tokens.GCP_URL_MAP, defaultService=service_of(gcp, group).id)
    with pytest.raises(Refused, match="needs SSL certificates or a certificate map"):
        gcp.create(tokens.GCP_HTTPS_PROXY, urlMap=url_map.id)
    with pytest.raises(Failed, match="is not of the form //certificatemanager"):
        gcp.create(tokens.GCP_HTTPS_PROXY, urlMap=url_map.id, certificateMap="projects/p/m")


def test_a_forwarding_rule_has_the_scheme_of_its_services_and_a_free_address(
    gcp: Provider, group: Made
) -> None:
    proxy = proxy_of(gcp, service_of(gcp, group))
    address = gcp.create(tokens.GCP_ADDRESS, "ip")
    inputs = {"target": proxy.id, "portRange": "443"}
    with pytest.raises(Refused, match="must be that of the forwarding rule, EXTERNAL"):
        gcp.create(tokens.GCP_GLOBAL_FORWARDING_RULE, **inputs)
    managed = {**inputs, "loadBalancingScheme": "EXTERNAL_MANAGED"}
    made = gcp.create(tokens.GCP_GLOBAL_FORWARDING_RULE, ipAddress=address["address"], **managed)
    with pytest.raises(Refused, match="in-use and would result in a conflict"):
        gcp.create(tokens.GCP_GLOBAL_FORWARDING_RULE, ipAddress=address.id, **managed)
    with pytest.raises(Refused, match="resourceInUseByAnotherResource"):
        gcp.delete(address)
    assert not gcp.diff(made, portRange="443-443").diffs
    assert list(gcp.diff(made, portRange="8443").replaces) == ["portRange"]


# The internal load balancer


def internal_proxy(gcp: Provider, network: Made, **more: Any) -> Made:
    check = gcp.create(tokens.GCP_REGION_HEALTH_CHECK, "c", tcpHealthCheck={"port": 443})
    backend = {
        "group": hybrid(gcp, network).id,
        "balancingMode": "CONNECTION",
        "maxConnectionsPerEndpoint": 100,
    }
    service = gcp.create(
        tokens.GCP_REGION_BACKEND_SERVICE,
        "s",
        loadBalancingScheme="INTERNAL_MANAGED",
        protocol="TCP",
        healthChecks=check.id,
        backends=[backend],
        **more,
    )
    return gcp.create(tokens.GCP_TCP_PROXY, "t", backendService=service.id)


def subnetwork_of(gcp: Provider, network: Made, block: str, **more: Any) -> Made:
    inputs = {"network": network.id, "ipCidrRange": block, **more}
    return gcp.create(tokens.GCP_SUBNETWORK, block[-6:].replace("/", "-"), **inputs)


def test_an_internal_front_needs_proxies_and_a_subnetwork(gcp: Provider, network: Made) -> None:
    target = internal_proxy(gcp, network)
    clients = subnetwork_of(gcp, network, "10.0.0.0/28", name="clients")
    inputs = {
        "target": target.id,
        "network": network.id,
        "portRange": "443",
        "loadBalancingScheme": "INTERNAL_MANAGED",
        "subnetwork": clients.id,
    }
    with pytest.raises(Refused, match="An active proxy-only subnetwork is required"):
        gcp.create(tokens.GCP_FORWARDING_RULE, **inputs)
    role = {"purpose": "REGIONAL_MANAGED_PROXY", "role": "ACTIVE"}
    proxies = subnetwork_of(gcp, network, "10.0.1.0/26", name="proxies", **role)
    with pytest.raises(Refused, match="The subnetwork is reserved for proxies"):
        gcp.create(tokens.GCP_FORWARDING_RULE, **{**inputs, "subnetwork": proxies.id})
    with pytest.raises(Refused, match="must be in the range of the subnetwork clients"):
        gcp.create(tokens.GCP_FORWARDING_RULE, ipAddress="10.0.1.9", **inputs)
    with pytest.raises(Refused, match="A subnetwork must be specified"):
        gcp.create(tokens.GCP_FORWARDING_RULE, **{**inputs, "subnetwork": None})
    made = gcp.create(tokens.GCP_FORWARDING_RULE, **inputs)
    assert made["ipAddress"] == "10.0.0.2"
    with pytest.raises(Refused, match="in-use and would result in a conflict"):
        gcp.create(tokens.GCP_FORWARDING_RULE, ipAddress="10.0.0.2", **inputs)
    second = gcp.create(tokens.GCP_FORWARDING_RULE, "second", **inputs)
    assert second["ipAddress"] == "10.0.0.3"


@pytest.mark.parametrize(
    ("block", "more", "said"),
    [
        ("10.0.2.0/26", {"purpose": "REGIONAL_MANAGED_PROXY"}, "A role is required"),
        ("10.0.2.0/26", {"role": "ACTIVE"}, "A role is required"),
        (
            "10.0.2.0/27",
            {"purpose": "REGIONAL_MANAGED_PROXY", "role": "BACKUP"},
            "must be a /26 or larger",
        ),
        (
            "10.0.2.0/26",
            {"purpose": "REGIONAL_MANAGED_PROXY", "role": "ACTIVE"},
            "already has an active proxy-only subnetwork",
        ),
    ],
)
def test_a_bad_proxy_only_subnetwork_is_refused(
    gcp: Provider, network: Made, block: str, more: dict[str, Any], said: str
) -> None:
    role = {"purpose": "REGIONAL_MANAGED_PROXY", "role": "ACTIVE"}
    subnetwork_of(gcp, network, "10.0.1.0/26", name="proxies", **role)
    with pytest.raises(Refused, match=said):
        subnetwork_of(gcp, network, block, name="second", **more)


def test_the_group_of_a_regional_service_is_in_the_region(gcp: Provider, network: Made) -> None:
    check = gcp.create(tokens.GCP_REGION_HEALTH_CHECK, tcpHealthCheck={}, region="europe-west1")
    backend = {
        "group": hybrid(gcp, network).id,
        "balancingMode": "CONNECTION",
        "maxConnectionsPerEndpoint": 1,
    }
    with pytest.raises(Refused, match="must be in the region europe-west1"):
        gcp.create(
            tokens.GCP_REGION_BACKEND_SERVICE,
            region="europe-west1",
            loadBalancingScheme="INTERNAL_MANAGED",
            protocol="TCP",
            healthChecks=check.id,
            backends=[backend],
        )
