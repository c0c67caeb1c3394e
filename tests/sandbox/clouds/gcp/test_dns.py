"""Cloud DNS of the simulated GCP: zones, record sets, and the roles of a project."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.accounts import CUSTOMER_GCP_PROJECT, KONG_GCP_PRINCIPAL
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.conftest import Connect
from tests.sandbox.clouds.harness import UNKNOWN, Failed, Made, Provider, Refused

OTHER = "acme-gateway-emea"


def visible_to(*networks: Made) -> dict[str, Any]:
    return {"networks": [{"networkUrl": network.id} for network in networks]}


def zone_of(gcp: Provider, name: str, *networks: Made, **more: Any) -> Made:
    inputs = {"dnsName": "acme.internal.", "visibility": "private", **more}
    visibility = visible_to(*networks)
    return gcp.create(
        tokens.GCP_ZONE, name, name=name, privateVisibilityConfig=visibility, **inputs
    )


def record_of(gcp: Provider, name: str, type_: str, *data: str, **more: Any) -> Made:
    inputs = {"managedZone": "z", "name": name, "type": type_, "rrdatas": list(data), **more}
    return gcp.create(tokens.GCP_RECORD, f"{name} {type_}", **inputs)


def grant_of(gcp: Provider, role: str, member: str = KONG_GCP_PRINCIPAL) -> Made:
    inputs = {"project": CUSTOMER_GCP_PROJECT, "role": role, "member": member}
    return gcp.create(tokens.GCP_IAM_MEMBER, **inputs)


@pytest.fixture
def zone(gcp: Provider, network: Made) -> Made:
    return zone_of(gcp, "z", network)


def test_the_dns_name_of_a_zone_ends_with_a_dot(gcp: Provider) -> None:
    with pytest.raises(Refused, match=r"'entity.managedZone.dnsName': 'acme.internal', invalid"):
        gcp.create(tokens.GCP_ZONE, dnsName="acme.internal")


def test_only_a_private_zone_has_networks(gcp: Provider, network: Made) -> None:
    with pytest.raises(Refused, match=r"entity.managedZone.privateVisibilityConfig"):
        zone_of(gcp, "z", network, visibility="public")
    target = {"targetNetwork": {"networkUrl": network.id}}
    with pytest.raises(Refused, match=r"entity.managedZone.peeringConfig"):
        gcp.create(tokens.GCP_ZONE, dnsName="acme.internal.", peeringConfig=target)


def test_a_visibility_names_networks_by_their_path(gcp: Provider, network: Made) -> None:
    with pytest.raises(Failed, match="one of `gke_clusters,networks` must be specified"):
        zone_of(gcp, "z")
    with pytest.raises(Failed, match="doesn't match regexp"):
        gcp.create(
            tokens.GCP_ZONE,
            dnsName="acme.internal.",
            visibility="private",
            privateVisibilityConfig={"networks": [{"networkUrl": "n"}]},
        )


def test_a_network_has_one_private_zone_of_a_dns_name(
    gcp: Provider, connect: Connect, network: Made, zone: Made
) -> None:
    other = connect("gcp", {"project": OTHER})
    with pytest.raises(Refused, match=rf"'acme.internal.': '{zone.id}', alreadyExists"):
        zone_of(other, "second", network)
    second = zone_of(gcp, "second", network, dnsName="emea.acme.internal.")
    peer = other.create(tokens.GCP_NETWORK, name="m", autoCreateSubnetworks=False)
    third = zone_of(other, "third", peer)
    with pytest.raises(Refused, match="alreadyExists"):
        other.update(third, privateVisibilityConfig=visible_to(peer, network))
    assert gcp.update(second, privateVisibilityConfig=visible_to(network)).id == second.id


def test_the_networks_of_a_zone_are_a_set(gcp: Provider, network: Made) -> None:
    other = gcp.create(tokens.GCP_NETWORK, "m", name="m", autoCreateSubnetworks=False)
    made = zone_of(gcp, "z", network, other)
    assert not gcp.diff(made, privateVisibilityConfig=visible_to(other, network)).diffs
    changed = gcp.diff(made, privateVisibilityConfig=visible_to(network))
    assert (bool(changed.diffs), list(changed.replaces)) == (True, [])


def test_a_zone_with_records_is_deleted_only_by_force(gcp: Provider, zone: Made) -> None:
    record = record_of(gcp, "api.acme.internal.", "A", "10.0.0.9")
    with pytest.raises(Refused, match=r"named 'z' cannot be deleted because .*containerNotEmpty"):
        gcp.delete(zone)
    gcp.delete(gcp.update(zone, forceDestroy=True))
    assert gcp.read(record) is None


@pytest.mark.parametrize(
    ("name", "type_", "data", "field"),
    [
        ("api.acme.example.", "A", "10.0.0.9", "name"),
        ("notacme.internal.", "A", "10.0.0.9", "name"),
        ("api.acme.internal.", "A", "fd00::9", r"rrdata\[0\]"),
        ("api.acme.internal.", "AAAA", "10.0.0.9", r"rrdata\[0\]"),
    ],
)
def test_a_bad_record_is_refused(
    gcp: Provider, zone: Made, name: str, type_: str, data: str, field: str
) -> None:
    with pytest.raises(Refused, match=rf"'entity.change.additions\[0\].{field}'.*, invalid"):
        record_of(gcp, name, type_, data)


def test_a_record_has_data_that_a_preview_need_not_know(gcp: Provider, zone: Made) -> None:
    with pytest.raises(Refused, match="one of `routing_policy,rrdatas` must be specified"):
        gcp.create(tokens.GCP_RECORD, managedZone="z", name="acme.internal.", type="A")
    inputs = {"managedZone": "z", "name": "acme.internal.", "type": "A", "rrdatas": [UNKNOWN]}
    assert gcp.check(tokens.GCP_RECORD, **inputs)[1] == {}


def test_the_name_of_a_record_ends_with_a_dot_in_a_preview(gcp: Provider) -> None:
    with pytest.raises(Failed, match="name field must end with trailing dot"):
        record_of(gcp, "api.acme.internal", "A", "10.0.0.9")


def test_a_name_has_one_record_set_of_a_type_and_nothing_beside_a_cname(
    gcp: Provider, zone: Made
) -> None:
    record_of(gcp, "api.acme.internal.", "A", "10.0.0.9")
    record_of(gcp, "api.acme.internal.", "TXT", "note")
    with pytest.raises(Refused, match=r"named 'api.acme.internal. \(A\)' already exists"):
        record_of(gcp, "api.acme.internal.", "A", "10.0.0.10")
    with pytest.raises(Refused, match="cnameResourceRecordSetConflict"):
        record_of(gcp, "api.acme.internal.", "CNAME", "www.acme.internal.")
    record_of(gcp, "www.acme.internal.", "CNAME", "api.acme.internal.")
    with pytest.raises(Refused, match="cnameResourceRecordSetConflict"):
        record_of(gcp, "www.acme.internal.", "A", "10.0.0.9")


def test_a_grant_is_of_the_project_that_it_names(gcp: Provider, connect: Connect) -> None:
    made = grant_of(connect("gcp", {"project": OTHER}), "roles/dns.peer")
    assert made.id == f"{CUSTOMER_GCP_PROJECT}/roles/dns.peer/{KONG_GCP_PRINCIPAL}"
    assert gcp.read(made) is not None
    with pytest.raises(Refused, match="alreadyExists"):
        grant_of(gcp, "roles/dns.peer")


def test_a_grant_has_a_full_role_and_a_member(gcp: Provider) -> None:
    with pytest.raises(Refused, match=r"Role dns\.peer is not supported for this resource"):
        grant_of(gcp, "dns.peer")
    with pytest.raises(Refused, match="contains an invalid argument"):
        grant_of(gcp, "roles/dns.peer", "allUsers")
    with pytest.raises(Failed, match="invalid value for member"):
        grant_of(gcp, "roles/dns.peer", "ops@acme.example")
    assert grant_of(gcp, "organizations/123/roles/dnsPeer", "group:ops@acme.example")
