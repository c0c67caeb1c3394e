"""Public DNS zones and record sets in the simulated Azure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.azure.objects import NETWORK
from tests.sandbox.clouds.harness import Made, Provider, Refused


def record_set(azure: Provider, name: str, kind: str, **more: Any) -> Made:
    return azure.create(
        tokens.DNS_RECORD_SET,
        resourceGroupName="g",
        zoneName="acme.example",
        relativeRecordSetName=name,
        recordType=kind,
        ttl=60,
        **more,
    )


@pytest.fixture
def zone(azure: Provider, group: Made) -> Made:
    return azure.create(
        tokens.DNS_ZONE, resourceGroupName="g", zoneName="acme.example", location="global"
    )


def test_a_zone_has_four_name_servers_and_counts_its_record_sets(
    azure: Provider, zone: Made
) -> None:
    assert zone.id == f"{NETWORK}/dnszones/acme.example"
    assert [name.split(".", 1)[1] for name in zone["nameServers"]] == [
        "azure-dns.com.",
        "azure-dns.net.",
        "azure-dns.org.",
        "azure-dns.info.",
    ]
    record_set(azure, "api", "A", aRecords=[{"ipv4Address": "192.0.2.4"}])
    read = azure.read(zone)
    assert read is not None
    assert (zone["numberOfRecordSets"], read["numberOfRecordSets"]) == (2, 3)


def test_get_zone_finds_a_zone_by_its_name_and_group(azure: Provider, zone: Made) -> None:
    found = azure.invoke("azure-native:dns:getZone", resourceGroupName="g", zoneName="ACME.example")
    assert found["id"] == zone.id
    assert found["nameServers"] == zone["nameServers"]
    with pytest.raises(Refused, match=r"404.*ResourceNotFound.*dnszones/b\.example"):
        azure.invoke("azure-native:dns:getZone", resourceGroupName="g", zoneName="b.example")


def test_zones_of_one_name_have_different_name_servers(azure: Provider, zone: Made) -> None:
    azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g2", location="westeurope")
    other = azure.create(
        tokens.DNS_ZONE, resourceGroupName="g2", zoneName="acme.example", location="global"
    )
    assert other["nameServers"] != zone["nameServers"]


def test_a_zone_goes_with_its_record_sets(azure: Provider, zone: Made) -> None:
    made = record_set(azure, "@", "CAA", caaRecords=[{"flags": 0, "tag": "issue", "value": "p"}])
    assert made["fqdn"] == "acme.example."
    azure.delete(zone)
    assert azure.read(made) is None


@pytest.fixture
def profile(azure: Provider, group: Made) -> Made:
    return azure.create(
        tokens.TRAFFIC_PROFILE,
        resourceGroupName="g",
        profileName="t",
        location="global",
        trafficRoutingMethod="Weighted",
        dnsConfig={"relativeName": "acme"},
        monitorConfig={"protocol": "TCP", "port": 443},
    )


def test_an_alias_has_a_target_resource_and_no_records(
    azure: Provider, zone: Made, profile: Made
) -> None:
    made = record_set(azure, "geo", "CNAME", targetResource={"id": profile.id})
    with pytest.raises(Refused, match=r"BadRequest.*no records"):
        azure.update(made, cnameRecord={"cname": "b.example"})
    with pytest.raises(Refused, match=r"BadRequest.*cannot be an alias"):
        record_set(azure, "txt", "TXT", targetResource={"id": profile.id})


def test_a_cname_is_alone_at_its_name_and_not_at_the_apex(azure: Provider, zone: Made) -> None:
    record_set(azure, "api", "CNAME", cnameRecord={"cname": "b.example"})
    with pytest.raises(Refused, match=r"409.*Conflict.*The TXT record could not be created"):
        record_set(azure, "api", "TXT", txtRecords=[{"value": ["v"]}])
    with pytest.raises(Refused, match=r"BadRequest.*apex"):
        record_set(azure, "@", "CNAME", cnameRecord={"cname": "b.example"})
    with pytest.raises(Refused, match="must not have aRecords"):
        record_set(azure, "txt", "TXT", aRecords=[{"ipv4Address": "192.0.2.4"}])
