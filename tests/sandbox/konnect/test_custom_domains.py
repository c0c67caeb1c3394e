"""Custom domains: certificate and SNI come and go with them."""

from __future__ import annotations

import pytest

from tests.sandbox.konnect.client import DOMAINS, PLANES, Json, Konnect, entities


def body_of(plane: str, domain: str = "api.example.com") -> Json:
    return {"control_plane_id": plane, "control_plane_geo": "us", "domain": domain}


ACME = "_acme-challenge.api.example.com"


def named(konnect: Konnect, plane: str) -> None:
    """Write both records of the domain, as its owner does."""
    prefix = prefix_of(konnect, plane)
    konnect.dns("api.example.com", "CNAME", f"{prefix}.gateways.konggateway.com")
    konnect.dns(ACME, "CNAME", f"_acme-challenge.{prefix}.acme.gateways.konggateway.com")


def prefix_of(konnect: Konnect, plane: str) -> str:
    endpoint: str = konnect.read(f"{PLANES}/{plane}")["config"]["control_plane_endpoint"]
    return endpoint.removeprefix("https://").split(".")[0]


def test_a_domain_gets_a_certificate_and_an_sni_in_its_control_plane(konnect: Konnect) -> None:
    plane = konnect.plane()
    created = konnect.post(DOMAINS, body_of(plane)).body
    path = f"{DOMAINS}/{created['id']}"
    assert (created["state"], created["certificate_id"], created["sni_id"]) == (
        "initializing",
        None,
        None,
    )
    assert konnect.read(f"{path}/online-status") == {"cname": "unverified", "ssl": "unverified"}
    konnect.wait(60)
    assert konnect.read(path)["state"] == "initializing"

    named(konnect, plane)
    assert konnect.read(f"{path}/online-status") == {"cname": "verified", "ssl": "unverified"}
    konnect.wait(5)
    ready = konnect.read(path)
    assert ready["state"] == "ready"
    assert konnect.read(f"{path}/online-status") == {"cname": "verified", "ssl": "verified"}
    sni = konnect.read(f"{entities(plane, 'snis')}/{ready['sni_id']}")
    assert (sni["name"], sni["certificate"]["id"]) == ("api.example.com", ready["certificate_id"])
    assert konnect.delete(path).status == 204
    konnect.wait(3)
    assert konnect.get(path).status == 404
    assert konnect.get(entities(plane, "certificates")).body["data"] == []
    assert konnect.get(entities(plane, "snis")).body["data"] == []


def test_a_domain_whose_acme_record_leads_elsewhere_fails_and_is_mended(konnect: Konnect) -> None:
    plane = konnect.plane()
    path = f"{DOMAINS}/{konnect.post(DOMAINS, body_of(plane)).body['id']}"
    wanted = f"_acme-challenge.{prefix_of(konnect, plane)}.acme.gateways.konggateway.com"
    wrong = wanted.replace(".acme.", ".")
    konnect.dns(ACME, "CNAME", wrong)
    konnect.wait(5)
    failed = konnect.read(path)
    assert failed["state"] == "error"
    assert failed["state_metadata"]["reason"] == (
        f"CNAME record {ACME} points to {wrong}, expected {wanted}"
    )
    konnect.dns(ACME, "CNAME", f"{wanted}.")
    konnect.wait(5)
    mended = konnect.read(path)
    assert (mended["state"], mended["state_metadata"]) == ("ready", {})
    # The name itself may lead to an edge: Konnect only tells that it does not see it.
    assert konnect.read(f"{path}/online-status") == {"cname": "unverified", "ssl": "verified"}


def test_a_domain_waits_while_caa_records_forbid_its_certificate(konnect: Konnect) -> None:
    plane = konnect.plane()
    path = f"{DOMAINS}/{konnect.post(DOMAINS, body_of(plane)).body['id']}"
    named(konnect, plane)
    konnect.dns("example.com", "CAA", '0 issue "amazon.com"')
    konnect.wait(10)
    assert konnect.read(path)["state"] == "initializing"
    konnect.dns("api.example.com", "CAA", '0 issue "pki.goog; cansignhttpexchanges=yes"')
    konnect.wait(5)
    assert konnect.read(path)["state"] == "ready"


def test_a_domain_is_unique_until_it_terminates(konnect: Konnect) -> None:
    plane = konnect.plane()
    created = konnect.post(DOMAINS, body_of(plane)).body
    assert konnect.post(DOMAINS, body_of(konnect.plane())).status == 409
    konnect.delete(f"{DOMAINS}/{created['id']}")
    assert konnect.post(DOMAINS, body_of(plane)).status == 201


@pytest.mark.parametrize(
    ("domain", "rule"), [("", "min_length"), ("localhost", "is_fqdn"), ("a b.com", "is_fqdn")]
)
def test_a_bad_domain_is_a_400(konnect: Konnect, domain: str, rule: str) -> None:
    answer = konnect.post(DOMAINS, body_of(konnect.plane(), domain))
    assert answer.invalid == {"domain": rule}


def test_a_domain_of_an_unknown_control_plane_is_a_404(konnect: Konnect) -> None:
    assert konnect.post(DOMAINS, body_of("00000000-0000-4000-8000-000000000000")).status == 404


@pytest.mark.parametrize(
    ("key", "value", "count"),
    [
        ("filter[domain][eq]", "a.example.com", 1),
        ("filter[domain][contains]", "example", 2),
        ("filter[state]", "initializing", 2),
        ("filter[state][eq]", "ready", 0),
        ("filter[control_plane_geo]", "us", 2),
    ],
)
def test_domains_are_filtered(konnect: Konnect, key: str, value: str, count: int) -> None:
    plane = konnect.plane()
    for name in "ab":
        konnect.post(DOMAINS, body_of(plane, f"{name}.example.com"))
    assert len(konnect.get(DOMAINS, **{key: value}).body["data"]) == count


@pytest.mark.parametrize("value", ["", "unknown", "ready,"])
def test_a_filter_by_a_state_that_does_not_exist_is_refused(konnect: Konnect, value: str) -> None:
    answer = konnect.get(DOMAINS, **{"filter[state]": value})
    assert answer.status == 400
    assert answer.body["invalid_parameters"][0]["field"] == "filter[state]"


def test_the_admin_api_lets_a_certificate_expire_and_renews_it(konnect: Konnect) -> None:
    plane = konnect.plane()
    named(konnect, plane)
    id_ = konnect.post(DOMAINS, body_of(plane)).body["id"]
    path = f"{DOMAINS}/{id_}"
    konnect.wait(6)
    konnect.admin("PUT", f"online-status/{id_}", {"ssl": "unverified"})
    assert konnect.read(f"{path}/online-status") == {"cname": "verified", "ssl": "unverified"}
    assert konnect.read(path)["state"] == "ready"
    konnect.admin("PUT", f"online-status/{id_}", {"cname": "unverified"})
    assert konnect.read(f"{path}/online-status") == {"cname": "unverified", "ssl": "verified"}
    konnect.admin("PUT", f"online-status/{id_}", {})
    assert konnect.read(f"{path}/online-status") == {"cname": "verified", "ssl": "verified"}


def test_the_admin_api_answers_for_public_names_as_google_public_dns_does(
    konnect: Konnect,
) -> None:
    konnect.dns("api.example.com", "CNAME", "gateways.example.net.")
    answer = konnect.admin("GET", "dns", name="api.example.com", type="CNAME")
    record = {"name": "api.example.com.", "type": 5, "data": "gateways.example.net"}
    assert answer == {"Status": 0, "Answer": [record]}
    assert konnect.admin("GET", "dns", name="api.example.com", type="A") == {"Status": 3}
    refused = konnect.get("/_sandbox/dns", name="api.example.com", type="MX")
    assert refused.status == 400
