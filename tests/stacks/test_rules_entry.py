"""Names of an environment: what is refused between zones, custom domains, the entry and regions."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from stacks.settings import load, warnings
from tests.stacks.baseline import BASELINE, lines_of

CERTIFICATE = {"cert": "{vault://konnect/cert}", "key": "{vault://konnect/key}"}
API = "api.example.com"
NAMED: dict[str, Any] = {
    "api_access": "private+public",
    "zones": {"example.com": {"service": "route53"}},
    "domains": {API: {"certificate": CERTIFICATE}},
    "entry": {"strategy": "geo", "name": API},
}


def document(**changes: Any) -> dict[str, Any]:
    """The baseline with one name for its three regions, and with these values changed."""
    return {**copy.deepcopy(BASELINE), **copy.deepcopy(NAMED), **changes}


def in_regions(**change: Any) -> list[dict[str, Any]]:
    return [{**region, **change} for region in copy.deepcopy(BASELINE["regions"])]


def geo(**more: Any) -> dict[str, Any]:
    return {"strategy": "geo", "name": API, **more}


def test_one_name_leads_to_every_region() -> None:
    loaded = load("test", document())
    assert [one.key for one in loaded.led[API]] == [
        "aws-us-east-2",
        "azure-eastus2",
        "gcp-us-central1",
    ]


def test_a_name_for_a_cloud_leads_to_its_regions_and_one_for_a_region_to_that() -> None:
    names = {"aws": "aws.example.com", "gcp-us-central1": "iowa.example.com"}
    domains: dict[str, Any] = {name: {} for name in names.values()}
    loaded = load(
        "test", document(entry={"strategy": "per-cloud", "names": names}, domains=domains)
    )
    assert {name: [one.key for one in regions] for name, regions in loaded.led.items()} == {
        "aws.example.com": ["aws-us-east-2"],
        "iowa.example.com": ["gcp-us-central1"],
    }
    assert warnings(loaded) == []


def test_several_control_planes_behind_one_name_are_a_warning_that_names_them() -> None:
    (warning,) = warnings(load("test", document()))
    assert "leads to 2 control planes (gcp-us-central1, main)" in warning


def test_governance_that_differs_behind_one_name_is_a_warning_that_names_plugin_and_plane() -> None:
    size = {"config": {"allowed_payload_size": 8}, "control_planes": {"main": {"enabled": False}}}
    plugins = {"request-size-limiting": size, "cors": {}}
    differing = document(governance={"plugins": plugins})
    _, warning = warnings(load("test", differing))
    assert "gateway.governance.plugins.request-size-limiting.control_planes" in warning
    assert "makes request-size-limiting on main differ" in warning
    assert f"that {API} leads to" in warning


def test_a_weight_that_nothing_uses_is_a_warning() -> None:
    regions = in_regions()
    regions[0]["weight"] = 50
    _, warning = warnings(load("test", document(regions=regions)))
    assert "gateway.regions[0].weight: 50 has no effect" in warning
    (shared,) = warnings(load("test", document(regions=regions, entry=geo(routing="weighted"))))
    assert "control planes" in shared
    unnamed = {**copy.deepcopy(BASELINE), "regions": regions}
    (warning,) = warnings(load("test", unnamed))
    assert "there is no entry" in warning


def test_an_edge_in_front_of_gateways_with_private_clients_is_a_warning() -> None:
    edge = {"strategy": "edge", "name": API, "edge": {"service": "front-door"}}
    found = warnings(load("test", document(entry=edge, domains={})))
    (locked,) = [one for one in found if "gateway.entry.edge" in one]
    assert "requests to their private addresses get 403 too" in locked
    public = document(entry=edge, domains={}, api_access="public")
    assert not [one for one in warnings(load("test", public)) if "gateway.entry.edge" in one]


REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"api_access": "private"},
        'gateway.entry.strategy: "geo" leads clients to gateways with public names, and api_access '
        "is private: aws-us-east-2, azure-eastus2, gcp-us-central1 has none, and no public health "
        "check reaches it; write api_access: private+public, or delete entry; in AWS a region may "
        "have load_balancer: {internal: false} instead",
    ),
    (
        {"domains": {}},
        f'gateway.entry.name: "{API}" is no custom domain, so the gateways have no certificate for '
        f"it; add domains: {{{API}: {{}}}}",
    ),
    (
        {"domains": {API: {}}},
        f'gateway.domains["{API}"].certificate: is served by main, gcp-us-central1, and Konnect '
        'makes a certificate for main only; add certificate: {cert: "{vault://...}", key: '
        '"{vault://...}"} for the others',
    ),
    (
        {"domains": {API: {"control_planes": ["main"]}}},
        f'gateway.entry.name: "{API}" leads to gcp-us-central1 too, which its custom domain does '
        f"not name; write domains.{API}.control_planes: [main, gcp-us-central1]",
    ),
    (
        {"domains": {API: {"control_planes": ["mian"], "certificate": CERTIFICATE}}, "entry": None},
        f'gateway.domains["{API}"].control_planes[0]: "mian" is no control plane of the '
        "environment; did you mean main?",
    ),
    (
        {"zones": {}},
        f'gateway.entry.name: "{API}" is to be steered between regions, and is in none of zones; '
        "add zones: {example.com: {service: route53}}",
    ),
    (
        {
            "entry": geo(service="route53"),
            "zones": {"example.com": {"service": "azure-dns", "resource_group": "dns"}},
        },
        'gateway.entry.service: "route53" writes names in route53 only, and the zone example.com '
        "is in azure-dns; write service: traffic-manager",
    ),
    (
        {"entry": geo(routing="latency")},
        'gateway.entry.routing: "latency" cannot tell gcp-us-central1 from aws-us-east-2: Route 53 '
        "knows the latency of AWS regions only, and both are nearest to us-east-2; write routing: "
        "geoproximity",
    ),
    (
        {"entry": geo(routing="weighted", bias={"aws-us-east-2": 10})},
        f"gateway.entry.bias: is for geoproximity in Route 53, and {API} is steered by weighted "
        "in route53; delete bias",
    ),
    (
        {"regions": in_regions(drain=True)},
        f"gateway.regions[2].drain: true leaves no region for {API}: all of its regions are "
        "drained; take the drain back in one region first",
    ),
    (
        {"regions": in_regions(weight=0), "entry": geo(routing="weighted")},
        f"gateway.regions[2].weight: 0 leaves no region for {API}: all weights are 0, and DNS then "
        "takes all equally; give one region a weight above 0",
    ),
    (
        {"entry": {"strategy": "per-cloud", "names": {"gpc": "gcp.example.com"}}, "domains": {}},
        "gateway.entry.names.gpc: is no region or cloud of the environment; did you mean gcp?",
    ),
    (
        {"entry": {"strategy": "geo"}},
        "gateway.entry.name: is missing, and strategy geo needs it; add name: api.example.com",
    ),
    (
        {"entry": {"strategy": "edge", "name": API}},
        "gateway.entry.edge: is missing, and strategy edge needs it; add edge: {service: "
        "cloudfront}",
    ),
    (
        {"zones": {"example.com": {"service": "route53"}, API: {"service": "route53"}}},
        f'gateway.entry.name: "{API}" is the name of a zone itself, where DNS allows no CNAME '
        f"record; use a name below it, such as api.{API}",
    ),
    (
        {"zones": {"example.com": {"service": "route53", "account": "dns"}}},
        'gateway.zones["example.com"].account: "dns" is not one of accounts; describe it there',
    ),
]


@pytest.mark.parametrize(("changes", "line"), REFUSED, ids=lambda value: str(value)[:40])
def test_names_that_cannot_work_are_refused(changes: dict[str, Any], line: str) -> None:
    assert line in lines_of(document(**changes))


def test_a_private_region_in_aws_is_reached_through_its_load_balancer_on_the_internet() -> None:
    subnets = {"a": "subnet-0a1b2c3d", "b": "subnet-4e5f6a7b"}
    (region, *_) = in_regions(load_balancer={"internal": False, "subnet_ids": subnets})
    region["landing"]["network"] = "organization/network-team/dev"
    private = document(api_access="private", regions=[region], domains={API: {}})
    assert [one.key for one in load("test", private).led[API]] == ["aws-us-east-2"]
    region["load_balancer"]["internal"] = True
    (line,) = lines_of(private)
    assert "aws-us-east-2 has none" in line


@pytest.mark.parametrize("part", ["cert", "key"])
def test_a_certificate_that_is_neither_pem_nor_a_reference_is_not_printed(part: str) -> None:
    secret = "a-private-key-in-the-wrong-form"
    given = {**CERTIFICATE, part: secret}
    (line,) = lines_of(document(domains={API: {"certificate": given}}))
    assert "is neither a vault reference nor PEM" in line
    assert secret not in line


CLOUD_DNS = {"example.com": {"service": "cloud-dns", "managed_zone": "example-com"}}


@pytest.mark.parametrize("zones", [NAMED["zones"], CLOUD_DNS], ids=["route53", "cloud-dns"])
def test_a_region_whose_place_is_not_known_is_shared_by_weight_only(zones: dict[str, Any]) -> None:
    regions = in_regions()
    regions[1]["region"] = "brazilsouth"
    line = (
        f'gateway.entry.name: "{API}" leads to azure-brazilsouth, whose place on the map is not '
        "known; write entry.routing: weighted"
    )
    assert line in lines_of(document(zones=zones, regions=regions))
    load("test", document(zones=zones, regions=regions, entry=geo(routing="weighted")))


def test_cloud_dns_warns_that_it_does_not_see_a_region_fail() -> None:
    found = warnings(load("test", document(zones=CLOUD_DNS)))
    assert any("Cloud DNS checks the health of addresses only" in line for line in found)


def test_googles_load_balancer_warns_that_it_does_not_see_a_region_fail() -> None:
    edge = {"strategy": "edge", "name": API, "edge": {"service": "google-load-balancer"}}
    found = warnings(load("test", document(entry=edge, domains={})))
    assert any("Google checks no health of endpoints that are names" in line for line in found)
