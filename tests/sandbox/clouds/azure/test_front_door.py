"""Azure Front Door in the simulated Azure: origins, domains, rules, routes and firewalls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.azure.objects import GROUP
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused

OWN = {"resourceGroupName": "g", "profileName": "f"}
BAD = 'Status=400 Code="BadRequest"'


@dataclass
class FrontDoor:
    """A profile with an endpoint and an empty origin group, and what tests add to it."""

    azure: Provider
    profile: Made
    endpoint: Made
    group: Made

    def origin(self, name: str, **more: Any) -> Made:
        return self.azure.create(
            tokens.FRONT_DOOR_ORIGIN,
            **OWN,
            originGroupName="o",
            originName=name,
            **{"hostName": f"{name}.gateways.example", **more},
        )

    def domain(self, name: str = "d", host: str = "api.acme.example", **more: Any) -> Made:
        return self.azure.create(
            tokens.FRONT_DOOR_DOMAIN, **OWN, customDomainName=name, hostName=host, **more
        )

    def route(self, name: str = "r", **more: Any) -> Made:
        inputs = {
            "endpointName": "e",
            "routeName": name,
            "originGroup": {"id": self.group.id},
            "linkToDefaultDomain": "Enabled",
        }
        return self.azure.create(tokens.FRONT_DOOR_ROUTE, **OWN, **{**inputs, **more})

    def waf(self, name: str = "w", sku: str = "Premium_AzureFrontDoor", **more: Any) -> Made:
        inputs = {
            "resourceGroupName": "g",
            "policyName": name,
            "location": "Global",
            **({"sku": {"name": sku}} if sku else {}),
        }
        return self.azure.create(tokens.FRONT_DOOR_WAF, **inputs, **more)

    def secure(self, waf: Made, *domains: Made, name: str = "s") -> Made:
        return self.azure.create(
            tokens.FRONT_DOOR_SECURITY,
            **OWN,
            securityPolicyName=name,
            parameters={
                "type": "WebApplicationFirewall",
                "wafPolicy": {"id": waf.id},
                "associations": [
                    {"domains": [{"id": one.id} for one in domains], "patternsToMatch": ["/*"]}
                ],
            },
        )


@pytest.fixture
def door(azure: Provider, group: Made) -> FrontDoor:
    profile = azure.create(
        tokens.FRONT_DOOR, **OWN, location="Global", sku={"name": "Premium_AzureFrontDoor"}
    )
    endpoint = azure.create(tokens.FRONT_DOOR_ENDPOINT, **OWN, endpointName="e", location="Global")
    origins = azure.create(
        tokens.FRONT_DOOR_ORIGIN_GROUP,
        **OWN,
        originGroupName="o",
        loadBalancingSettings={"sampleSize": 4, "successfulSamplesRequired": 3},
    )
    return FrontDoor(azure, profile, endpoint, origins)


def test_a_profile_has_a_guid_and_an_endpoint_has_a_name(door: FrontDoor) -> None:
    assert door.profile.id == f"{GROUP}/providers/Microsoft.Cdn/profiles/f"
    assert len(door.profile["frontDoorId"]) == 36
    assert door.endpoint["hostName"].startswith("e-")
    assert door.endpoint["hostName"].endswith(".azurefd.net")


def test_another_sku_needs_another_profile(door: FrontDoor) -> None:
    diff = door.azure.diff(door.profile, sku={"name": "Standard_AzureFrontDoor"})
    assert list(diff.replaces) == ["sku"]
    with pytest.raises(Failed, match="Standard_Verizon"):
        door.azure.update(door.profile, sku={"name": "Standard_Verizon"})


def test_a_route_needs_an_enabled_origin_and_keeps_one(door: FrontDoor) -> None:
    with pytest.raises(Refused, match=f"{BAD}.*at least one enabled origin"):
        door.route()
    first = door.origin("a", enabledState="Disabled")
    with pytest.raises(Refused, match=f"{BAD}.*at least one enabled origin"):
        door.route()
    first = door.azure.update(first, enabledState="Enabled")
    second = door.origin("b")
    route = door.route()
    first = door.azure.update(first, enabledState="Disabled")
    with pytest.raises(Refused, match=f"{BAD}.*must contain at least one enabled endpoint"):
        door.azure.update(second, enabledState="Disabled")
    with pytest.raises(Refused, match=f"{BAD}.*must contain at least one enabled endpoint"):
        door.azure.delete(second)
    with pytest.raises(Refused, match=f"{BAD}.*in use by {route.id}"):
        door.azure.delete(door.group)
    door.azure.delete(route)
    door.azure.delete(second)


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ({"hostName": "https://a.example"}, "without a scheme"),
        ({"priority": 6}, r"range \(1 - 5\)"),
        ({"weight": 1001}, r"range \(1 - 1000\)"),
    ],
)
def test_an_origin_out_of_range_is_refused(
    door: FrontDoor, origin: dict[str, Any], said: str
) -> None:
    with pytest.raises((Refused, Failed), match=said):
        door.origin("a", **origin)


def test_a_route_answers_for_a_domain_and_a_pattern_alone(door: FrontDoor) -> None:
    door.origin("a")
    with pytest.raises(Refused, match=f"{BAD}.*has no domain"):
        door.route(linkToDefaultDomain="Disabled")
    made = door.route()
    assert (made["patternsToMatch"], made["forwardingProtocol"]) == (["/*"], "MatchRequest")
    with pytest.raises(Refused, match=f"{BAD}.*same domain and pattern"):
        door.route("r2")
    assert door.route("r2", patternsToMatch=["/v2/*"])
    with pytest.raises(Refused, match=f"{BAD}.*Http and Https"):
        door.route("r3", httpsRedirect="Enabled", supportedProtocols=["Https"])


def test_a_domain_belongs_to_the_routes_of_one_endpoint(door: FrontDoor) -> None:
    door.origin("a")
    domain = door.domain()
    bound = {"customDomains": [{"id": domain.id}], "linkToDefaultDomain": "Disabled"}
    door.route(**bound)
    door.azure.create(tokens.FRONT_DOOR_ENDPOINT, **OWN, endpointName="e2", location="Global")
    with pytest.raises(Refused, match=f"{BAD}.*is associated with .*afdEndpoints/e"):
        door.route("r2", endpointName="e2", patternsToMatch=["/v2"], **bound)
    with pytest.raises(Refused, match=f"{BAD}.*in use by"):
        door.azure.delete(domain)


def test_a_domain_is_approved_when_its_txt_record_has_the_token(door: FrontDoor) -> None:
    azure, domain = door.azure, door.domain()
    assert domain["domainValidationState"] == "Pending"
    azure.create(tokens.DNS_ZONE, resourceGroupName="g", zoneName="acme.example", location="global")

    def record(value: str) -> Made:
        return azure.create(
            tokens.DNS_RECORD_SET,
            resourceGroupName="g",
            zoneName="acme.example",
            relativeRecordSetName="_dnsauth.api",
            recordType="TXT",
            ttl=300,
            txtRecords=[{"value": [value]}],
        )

    written = record("another token")
    read = azure.read(domain)
    assert read is not None
    assert read["domainValidationState"] == "Pending"
    token = domain["validationProperties"]["validationToken"]
    azure.update(written, txtRecords=[{"value": [token]}])
    read = azure.read(domain)
    assert read is not None
    assert read["domainValidationState"] == "Approved"


def test_a_record_of_route_53_approves_a_domain_too(door: FrontDoor, aws: Provider) -> None:
    domain = door.domain()
    zone = aws.create(tokens.ZONE, name="acme.example")
    aws.create(
        tokens.RECORD,
        zoneId=zone.id,
        name="_dnsauth.api.acme.example",
        type="TXT",
        ttl=300,
        records=[domain["validationProperties"]["validationToken"]],
    )
    read = door.azure.read(domain)
    assert read is not None
    assert read["domainValidationState"] == "Approved"


def test_a_host_name_is_in_one_profile_of_azure(door: FrontDoor) -> None:
    door.domain()
    with pytest.raises(Refused, match=r'409 Code="Conflict".*already in use'):
        door.domain("d2", "API.acme.example")
    with pytest.raises(Refused, match=f"{BAD}.*not a valid domain name"):
        door.domain("d2", "localhost")
    assert list(door.azure.diff(door.domain("d3", "b.acme.example"), hostName="c.b").replaces) == [
        "hostName"
    ]


def test_a_rule_has_actions_and_an_order_of_its_own(door: FrontDoor) -> None:
    door.azure.create(tokens.FRONT_DOOR_RULE_SET, **OWN, ruleSetName="rules")
    with pytest.raises(Refused, match=f"{BAD}.*letters and digits"):
        door.azure.create(tokens.FRONT_DOOR_RULE_SET, **OWN, ruleSetName="my-rules")
    header = {
        "name": "ModifyRequestHeader",
        "parameters": {
            "typeName": "DeliveryRuleHeaderActionParameters",
            "headerAction": "Overwrite",
            "headerName": "x-origin-verify",
            "value": "s",
        },
    }

    def rule(name: str, actions: list[dict[str, Any]]) -> Made:
        return door.azure.create(
            tokens.FRONT_DOOR_RULE,
            **OWN,
            ruleSetName="rules",
            ruleName=name,
            order=1,
            actions=actions,
        )

    rule("one", [header])
    with pytest.raises(Refused, match=f"{BAD}.*same order 1"):
        rule("two", [header])
    with pytest.raises(Refused, match=f"{BAD}.*1 to 5 actions"):
        rule("two", [])


def test_a_firewall_has_the_sku_of_the_profile_and_a_domain_has_one(door: FrontDoor) -> None:
    with pytest.raises(Refused, match=f"{BAD}.*Classic_AzureFrontDoor"):
        door.secure(door.waf(sku=""), door.endpoint)
    waf, domain = door.waf("w2"), door.domain()
    secured = door.secure(waf, door.endpoint, domain)
    with pytest.raises(Refused, match=f"{BAD}.*already secured by {secured.id}"):
        door.secure(waf, domain, name="s2")
    with pytest.raises(Refused, match=f"{BAD}.*is associated with {secured.id}"):
        door.azure.delete(waf)


@pytest.mark.parametrize(
    ("sku", "kind", "version", "action", "said"),
    [
        ("Standard_AzureFrontDoor", "Microsoft_DefaultRuleSet", "2.1", "Block", "not supported"),
        ("Premium_AzureFrontDoor", "Microsoft_DefaultRuleSet", "9", "Block", "not compatible"),
        ("Premium_AzureFrontDoor", "Microsoft_DefaultRuleSet", "2.1", None, "a ruleSetAction"),
    ],
)
def test_a_managed_rule_set_fits_its_policy(
    door: FrontDoor, sku: str, kind: str, version: str, action: str | None, said: str
) -> None:
    rules: dict[str, str] = {"ruleSetType": kind, "ruleSetVersion": version}
    if action is not None:
        rules["ruleSetAction"] = action
    with pytest.raises(Refused, match=f"{BAD}.*WebApplicationFirewallPolicy.*{said}"):
        door.waf(sku=sku, managedRules={"managedRuleSets": [rules]})


def test_a_profile_goes_with_all_that_is_in_it(door: FrontDoor) -> None:
    origin = door.origin("a")
    route = door.route()
    door.azure.delete(door.profile)
    assert door.azure.read(origin) is None
    assert door.azure.read(route) is None
