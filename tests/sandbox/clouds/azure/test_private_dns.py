"""Private DNS zones, links and record sets in the simulated Azure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.azure.objects import NETWORK
from tests.sandbox.clouds.harness import Made, Provider, Refused


def zone_of(azure: Provider, name: str = "acme.internal", group: str = "g", **more: Any) -> Made:
    inputs = {"resourceGroupName": group, "privateZoneName": name, "location": "global", **more}
    return azure.create(tokens.PRIVATE_ZONE, **inputs)


def link_of(azure: Provider, zone: Made, vnet: Made, name: str = "l", **more: Any) -> Made:
    inputs = {
        "resourceGroupName": zone.id.split("/")[4],
        "privateZoneName": zone["name"],
        "virtualNetworkLinkName": name,
        "location": "Global",
        "virtualNetwork": {"id": vnet.id},
    }
    return azure.create(tokens.VNET_LINK, **{**inputs, **more})


def record_set(azure: Provider, name: str, kind: str, **records: Any) -> Made:
    return azure.create(
        tokens.RECORD_SET,
        resourceGroupName="g",
        privateZoneName="acme.internal",
        relativeRecordSetName=name,
        recordType=kind,
        ttl=300,
        **records,
    )


@pytest.fixture
def zone(azure: Provider, group: Made) -> Made:
    return zone_of(azure)


def test_a_zone_is_global(azure: Provider, group: Made) -> None:
    made = zone_of(azure)
    assert made.id == f"{NETWORK}/privateDnsZones/acme.internal"
    assert (made["location"], made["azureApiVersion"]) == ("global", "2024-06-01")
    code = "LocationNotAvailableForResourceType"
    with pytest.raises(Refused, match=f"{code}.*westeurope.*Microsoft.Network/privateDnsZones"):
        zone_of(azure, "b.internal", location="westeurope")
    with pytest.raises(Refused, match=code):  # the location of the group is the provider's default
        azure.create(tokens.PRIVATE_ZONE, resourceGroupName="g", privateZoneName="b.internal")
    with pytest.raises(Refused, match=code):
        azure.create(
            tokens.VNET,
            resourceGroupName="g",
            virtualNetworkName="v",
            location="global",
            addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
        )


@pytest.mark.parametrize(
    "name", ["internal", "acme.internal.", "acme..internal", "-a.internal", "a b.internal"]
)
def test_the_name_of_a_zone_is_a_domain_of_two_labels_or_more(
    azure: Provider, group: Made, name: str
) -> None:
    with pytest.raises(Refused, match="BadRequest"):
        zone_of(azure, name)


def test_a_link_joins_a_network_to_a_zone(azure: Provider, zone: Made, vnet: Made) -> None:
    made = link_of(azure, zone, vnet)
    assert made.id == f"{zone.id}/virtualNetworkLinks/l"
    assert made["type"] == "Microsoft.Network/privateDnsZones/virtualNetworkLinks"
    assert (made["registrationEnabled"], made["virtualNetworkLinkState"]) == (False, "Completed")
    with pytest.raises(Refused, match="LocationNotAvailableForResourceType"):
        link_of(azure, zone, vnet, "l2", location="westeurope")


def test_a_link_names_a_network_that_exists(azure: Provider, zone: Made, vnet: Made) -> None:
    with pytest.raises(Refused, match="Virtual network resource not found"):
        link_of(azure, zone, vnet, virtualNetwork={"id": f"{vnet.id}0"})
    with pytest.raises(Refused, match="Virtual network resource not found"):
        link_of(azure, zone, vnet, virtualNetwork={})


def test_a_network_is_linked_to_one_zone_of_a_name(azure: Provider, zone: Made, vnet: Made) -> None:
    link_of(azure, zone, vnet)
    azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g2", location="westeurope")
    with pytest.raises(Refused, match="overlapping namespaces"):
        link_of(azure, zone, vnet, "l2")
    with pytest.raises(Refused, match="overlapping namespaces"):
        link_of(azure, zone_of(azure, group="g2"), vnet)
    assert link_of(azure, zone_of(azure, "sub.acme.internal"), vnet)


def test_a_network_registers_in_one_zone(azure: Provider, zone: Made, vnet: Made) -> None:
    link_of(azure, zone, vnet, registrationEnabled=True)
    other = link_of(azure, zone_of(azure, "b.internal"), vnet)
    with pytest.raises(Refused, match=f"Conflict.*auto-registration.*{zone.id}"):
        azure.update(other, registrationEnabled=True)


def test_a_zone_with_links_stays_and_one_with_records_goes(
    azure: Provider, zone: Made, vnet: Made
) -> None:
    made = link_of(azure, zone, vnet)
    record = record_set(azure, "api", "A", aRecords=[{"ipv4Address": "10.0.0.4"}])
    with pytest.raises(Refused, match=f"409.*CannotDeleteResource.*{made.id}"):
        azure.delete(zone)
    azure.delete(vnet)
    assert azure.read(made) is None
    azure.delete(zone)
    assert azure.read(record) is None


def test_a_record_set_has_its_type_in_its_id(azure: Provider, zone: Made) -> None:
    made = record_set(azure, "api", "A", aRecords=[{"ipv4Address": "10.0.0.4"}])
    assert made.id == f"{zone.id}/A/api"
    assert made["type"] == "Microsoft.Network/privateDnsZones/A"
    assert made["fqdn"] == "api.acme.internal."
    assert record_set(azure, "@", "TXT", txtRecords=[{"value": ["v"]}])["fqdn"] == "acme.internal."
    assert record_set(azure, "*", "A", aRecords=[{"ipv4Address": "10.0.0.5"}])


def test_a_record_set_has_records_of_its_type_only(azure: Provider, zone: Made) -> None:
    with pytest.raises(Refused, match="must not have cnameRecord: its records are in aRecords"):
        record_set(azure, "api", "A", cnameRecord={"cname": "b.example"})
    with pytest.raises(Refused, match="relative record set name"):
        record_set(azure, "api.", "A", aRecords=[])


@pytest.mark.parametrize("first", ["A", "CNAME"])
def test_a_cname_has_its_name_alone(azure: Provider, zone: Made, first: str) -> None:
    records: dict[str, dict[str, Any]] = {
        "A": {"aRecords": [{"ipv4Address": "10.0.0.4"}]},
        "CNAME": {"cnameRecord": {"cname": "b.example"}},
    }
    second = "A" if first == "CNAME" else "CNAME"
    made = record_set(azure, "api", first, **records[first])
    with pytest.raises(Refused, match=f"409.*Conflict.*The {second} record could not be created"):
        record_set(azure, "API", second, **records[second])
    azure.update(made, ttl=600)
    assert record_set(azure, "www", second, **records[second])


def test_a_cname_is_not_at_the_apex(azure: Provider, zone: Made) -> None:
    with pytest.raises(Refused, match=r"BadRequest.*apex"):
        record_set(azure, "@", "CNAME", cnameRecord={"cname": "b.example"})
