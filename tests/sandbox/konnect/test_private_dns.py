"""Private DNS: hosted zones that wait for an authorisation, resolvers that do not."""

from __future__ import annotations

import pytest

from tests.sandbox.konnect.client import NETWORKS, Json, Konnect

MAP = {"internal.example.com": {"remote_dns_server_ip_addresses": ["10.60.0.2"]}}
CONFIGS: dict[str, Json] = {
    "aws-private-hosted-zone-attachment": {"hosted_zone_id": "Z1"},
    "aws-outbound-resolver": {"dns_config": MAP},
    "gcp-private-hosted-zone-attachment": {
        "domain_name": "internal.example.com",
        "peer_project_id": "acme",
        "peer_vpc_name": "vpc",
    },
    "azure-private-hosted-zone-attachment": {
        "domain_name": "internal.example.com",
        "peer_tenant_id": "t",
        "peer_subscription_id": "s",
        "peer_resource_group_id": "rg",
        "peer_vnet_link_name": "link",
    },
    "azure-outbound-resolver": {"dns_config": MAP},
}
RESOLVERS = tuple(kind for kind in CONFIGS if kind.endswith("resolver"))
ZONES = tuple(kind for kind in CONFIGS if kind not in RESOLVERS)


def body_of(kind: str, name: str = "dns") -> Json:
    return {"name": name, "private_dns_attachment_config": {"kind": kind, **CONFIGS[kind]}}


def collection_of(konnect: Konnect, kind: str) -> str:
    return f"{NETWORKS}/{konnect.network(kind.split('-', 1)[0])['id']}/private-dns"


def attach(konnect: Konnect, kind: str) -> tuple[str, Json]:
    collection = collection_of(konnect, kind)
    created = konnect.post(collection, body_of(kind))
    assert created.status == 201, created.body
    return f"{collection}/{created.body['id']}", created.body


@pytest.mark.parametrize("kind", RESOLVERS)
def test_a_resolver_becomes_ready_by_itself(konnect: Konnect, kind: str) -> None:
    path, created = attach(konnect, kind)
    assert (created["state"], created["state_metadata"]) == ("initializing", {})
    assert konnect.delete(path).status == 400
    konnect.wait(4)
    assert konnect.read(path)["state"] == "ready"


@pytest.mark.parametrize("kind", ZONES)
@pytest.mark.parametrize("early", [True, False])
def test_a_hosted_zone_waits_for_the_customer_to_authorise_it(
    konnect: Konnect, kind: str, early: bool
) -> None:
    path, created = attach(konnect, kind)
    konnect.wait(0 if early else 4)
    waiting = "initializing" if early else "pending-association"
    assert konnect.read(path)["state"] == waiting
    konnect.admin("POST", f"accept/private-dns/{created['id']}")
    konnect.wait(4)
    assert konnect.read(path)["state"] == "ready"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("aws-private-hosted-zone-attachment", "hosted zone Z1 does not exist"),
        ("gcp-private-hosted-zone-attachment", "network vpc does not exist in project acme"),
        ("azure-private-hosted-zone-attachment", "Kong's application has no consent in tenant t"),
    ],
)
def test_an_association_that_nobody_authorises_fails_and_can_then_be_deleted(
    konnect: Konnect, kind: str, reason: str
) -> None:
    path, _ = attach(konnect, kind)
    konnect.wait(30)
    assert konnect.read(path)["state"] == "pending-association"
    assert konnect.delete(path).invalid == {"privateDnsId": "invalid"}
    konnect.wait(40)
    failed = konnect.read(path)
    metadata = {"reported_status": "ERROR", "reason": reason}
    assert (failed["state"], failed["state_metadata"]) == ("error", metadata)
    assert konnect.delete(path).status == 204
    assert konnect.delete(path).status == 400
    konnect.wait(3)
    assert konnect.get(path).status == 404


@pytest.mark.parametrize("kind", RESOLVERS)
def test_a_resolver_can_be_renamed_and_get_another_map(konnect: Konnect, kind: str) -> None:
    path, created = attach(konnect, kind)
    konnect.wait(4)
    assert konnect.patch(path, {"name": "renamed"}).body["name"] == "renamed"
    config = {"kind": kind, "dns_config": {"other.example.com": MAP["internal.example.com"]}}
    patched = konnect.patch(path, {"private_dns_attachment_config": config}).body
    assert patched["private_dns_attachment_config"] == config
    assert patched["entity_version"] == created["entity_version"] + 3
    other = next(k for k in RESOLVERS if k != kind)
    refused = konnect.patch(path, {"private_dns_attachment_config": {**config, "kind": other}})
    assert refused.invalid == {"private_dns_attachment_config.kind": "invalid"}


def test_a_hosted_zone_cannot_be_changed(konnect: Konnect) -> None:
    path, _ = attach(konnect, ZONES[0])
    assert konnect.patch(path, {"name": "renamed"}).invalid == {"body": "invalid"}


def test_a_name_is_unique_on_its_network(konnect: Konnect) -> None:
    collection = collection_of(konnect, RESOLVERS[0])
    assert konnect.post(collection, body_of(RESOLVERS[0])).status == 201
    assert konnect.post(collection, body_of(RESOLVERS[0])).status == 409
    other = konnect.post(collection, body_of(RESOLVERS[0], "other")).body["id"]
    assert konnect.patch(f"{collection}/{other}", {"name": "dns"}).status == 409
    assert len(konnect.get(collection, **{"filter[name][eq]": "dns"}).body["data"]) == 1


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({}, "name", "required"),
        ({"name": "x"}, "private_dns_attachment_config", "required"),
        (
            {"name": "x", "private_dns_attachment_config": {"kind": "gcp-outbound-resolver"}},
            "private_dns_attachment_config.kind",
            "enum",
        ),
        (
            {"name": "x", "private_dns_attachment_config": {"kind": RESOLVERS[0]}},
            "private_dns_attachment_config.dns_config",
            "required",
        ),
        (
            {
                "name": "x",
                "private_dns_attachment_config": {"kind": RESOLVERS[0], "dns_config": []},
            },
            "private_dns_attachment_config.dns_config",
            "is_object",
        ),
    ],
)
def test_a_bad_attachment_is_a_400(konnect: Konnect, body: Json, field: str, rule: str) -> None:
    answer = konnect.post(collection_of(konnect, RESOLVERS[0]), body)
    assert answer.status == 400
    assert answer.invalid[field] == rule


def test_an_attachment_needs_a_ready_network_in_its_own_cloud(konnect: Konnect) -> None:
    early = konnect.network(ready=False)
    answer = konnect.post(f"{NETWORKS}/{early['id']}/private-dns", body_of(ZONES[0]))
    assert answer.invalid == {"networkId": "invalid"}
    answer = konnect.post(collection_of(konnect, "gcp"), body_of(ZONES[0]))
    assert answer.invalid == {"private_dns_attachment_config.kind": "invalid"}


def test_a_network_cannot_go_before_its_private_dns(konnect: Konnect) -> None:
    path, _ = attach(konnect, RESOLVERS[0])
    konnect.wait(4)
    network = path.split("/private-dns")[0]
    assert konnect.delete(network).status == 400
    konnect.delete(path)
    konnect.wait(3)
    assert konnect.delete(network).status == 204
