"""Traffic Manager profiles and endpoints in the simulated Azure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.azure.objects import NETWORK
from tests.sandbox.clouds.harness import Made, Provider, Refused

MONITOR = {"protocol": "HTTPS", "port": 443, "path": "/health"}


def profile_of(azure: Provider, name: str = "t", **more: Any) -> Made:
    inputs = {
        "resourceGroupName": "g",
        "profileName": name,
        "location": "global",
        "trafficRoutingMethod": "Weighted",
        "dnsConfig": {"relativeName": name, "ttl": 30},
        "monitorConfig": MONITOR,
    }
    return azure.create(tokens.TRAFFIC_PROFILE, **{**inputs, **more})


def endpoint_of(azure: Provider, name: str, **more: Any) -> Made:
    inputs = {
        "resourceGroupName": "g",
        "profileName": "t",
        "endpointName": name,
        "endpointType": "ExternalEndpoints",
        "target": f"{name}.gateways.example",
    }
    given = {key: value for key, value in {**inputs, **more}.items() if value is not None}
    return azure.create(tokens.TRAFFIC_ENDPOINT, **given)


@pytest.fixture
def profile(azure: Provider, group: Made) -> Made:
    return profile_of(azure)


def test_a_profile_has_its_full_name_and_the_defaults_of_its_probe(profile: Made) -> None:
    assert profile.id == f"{NETWORK}/trafficManagerProfiles/t"
    assert profile["dnsConfig"]["fqdn"] == "t.trafficmanager.net"
    monitor = profile["monitorConfig"]
    assert (monitor["intervalInSeconds"], monitor["timeoutInSeconds"]) == (30, 10)
    assert (monitor["toleratedNumberOfFailures"], monitor["profileMonitorStatus"]) == (3, "Online")


def test_a_dns_name_is_unique_in_all_of_azure_and_never_changes(
    azure: Provider, profile: Made, connect: Any
) -> None:
    other = connect("azure-native", {"subscriptionId": "0a1b2c3d-0000-4000-8000-00000000eeee"})
    other.create(tokens.RESOURCE_GROUP, resourceGroupName="g", location="westeurope")
    with pytest.raises(Refused, match=r"409.*Conflict.*t\.trafficmanager\.net is not available"):
        profile_of(other, "mine", dnsConfig={"relativeName": "T"})
    with pytest.raises(Refused, match="cannot change"):
        azure.update(profile, dnsConfig={"relativeName": "u"})


@pytest.mark.parametrize(
    ("monitor", "said"),
    [
        ({"port": 443, "path": "/"}, "protocol is required"),
        ({"protocol": "HTTPS", "port": 443}, "path must begin with"),
        ({"protocol": "TCP", "port": 443, "path": "/"}, "must not be set for TCP"),
        ({**MONITOR, "intervalInSeconds": 20}, "must be 10 or 30, got 20"),
        ({**MONITOR, "intervalInSeconds": 10, "timeoutInSeconds": 10}, "must be 5 to 9"),
        ({**MONITOR, "timeoutInSeconds": 4}, "must be 5 to 10"),
        ({**MONITOR, "customHeaders": [{"name": "h", "value": "v"}] * 9}, "more than 8"),
        ({**MONITOR, "expectedStatusCodeRanges": [{"min": 1, "max": 2}] * 9}, "more than 8"),
    ],
)
def test_a_probe_that_does_not_fit_together_is_refused(
    azure: Provider, group: Made, monitor: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=f'400 Code="BadRequest".*{said}'):
        profile_of(azure, monitorConfig=monitor)


def test_a_probe_and_a_method_change_in_place(azure: Provider, profile: Made) -> None:
    changed = azure.update(
        profile,
        trafficRoutingMethod="Priority",
        monitorConfig={**MONITOR, "intervalInSeconds": 10, "timeoutInSeconds": 9},
    )
    assert changed.id == profile.id
    assert changed["monitorConfig"]["timeoutInSeconds"] == 9


def test_an_external_endpoint_is_disabled_in_place(azure: Provider, profile: Made) -> None:
    made = endpoint_of(azure, "a")
    assert made.id == f"{profile.id}/externalEndpoints/a"
    assert (made["weight"], made["priority"], made["endpointMonitorStatus"]) == (1, 1, "Online")
    assert endpoint_of(azure, "b")["priority"] == 2
    drained = azure.update(made, endpointStatus="Disabled")
    assert (drained.id, drained["endpointMonitorStatus"]) == (made.id, "Disabled")
    azure.update(profile, profileStatus="Disabled")
    other = azure.read(azure.update(made, endpointStatus="Enabled"))
    assert other is not None
    assert other["endpointMonitorStatus"] == "Inactive"


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ({"target": "a.gateways.example", "priority": 7}, "same target"),
        ({"priority": 1}, "same priority 1"),
        ({"target": ""}, "'target' property of endpoint 'b' is invalid or missing"),
        ({"target": "https://b.example/"}, "must be a domain name"),
        ({"endpointLocation": "atlantis"}, "are not supported: atlantis"),
        ({"endpointType": "OtherEndpoints"}, "'OtherEndpoints' is not one of"),
        ({"endpointType": "NestedEndpoints"}, "'targetResourceId' property"),
    ],
)
def test_an_endpoint_that_does_not_fit_its_profile_is_refused(
    azure: Provider, profile: Made, endpoint: dict[str, Any], said: str
) -> None:
    endpoint_of(azure, "a")
    with pytest.raises(Refused, match=f'400 Code="BadRequest".*{said}'):
        endpoint_of(azure, "b", **endpoint)


def test_the_performance_method_needs_the_location_of_external_endpoints(
    azure: Provider, profile: Made
) -> None:
    made = endpoint_of(azure, "a")
    with pytest.raises(Refused, match="'endpointLocation' property of endpoint 'a' is missing"):
        azure.update(profile, trafficRoutingMethod="Performance")
    azure.update(made, endpointLocation="East US 2")
    azure.update(profile, trafficRoutingMethod="Performance")
    with pytest.raises(Refused, match="'endpointLocation' property of endpoint 'b'"):
        endpoint_of(azure, "b")


def test_the_multi_value_method_needs_addresses(azure: Provider, group: Made) -> None:
    with pytest.raises(Refused, match="maxReturn is required"):
        profile_of(azure, trafficRoutingMethod="MultiValue")
    profile_of(azure, trafficRoutingMethod="MultiValue", maxReturn=2)
    with pytest.raises(Refused, match="must be an address"):
        endpoint_of(azure, "a")
    assert endpoint_of(azure, "b", target="192.0.2.4")


def test_a_profile_is_in_use_while_another_nests_it(azure: Provider, profile: Made) -> None:
    inner = profile_of(azure, "inner")
    endpoint_of(
        azure,
        "n",
        endpointType="NestedEndpoints",
        target=None,
        targetResourceId=inner.id,
        minChildEndpoints=1,
    )
    with pytest.raises(Refused, match=r"is in use by .*nestedEndpoints/n"):
        azure.delete(inner)
    azure.delete(profile)
    azure.delete(inner)
