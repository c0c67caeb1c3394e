"""What landings let in."""

from __future__ import annotations

from typing import Any

import pytest

from policies import types
from policies.rules.cloud_landing_no_public_ingress import policy
from tests.policies.runner import UNKNOWN, Resource, resource, run

GATEWAY = "10.72.0.0/20"


def group(*ingress: Any) -> Resource:
    return resource(types.AWS_SECURITY_GROUP, "it", {"ingress": list(ingress)})


def group_rule(**props: Any) -> Resource:
    return resource(types.AWS_SECURITY_GROUP_RULE, "it", {"type": "ingress", **props})


def ingress_rule(**props: Any) -> Resource:
    return resource(types.AWS_INGRESS_RULE, "it", props)


def azure(**props: Any) -> dict[str, Any]:
    return {"access": "Allow", "direction": "Inbound", **props}


def azure_rule(**props: Any) -> Resource:
    return resource(types.AZURE_SECURITY_RULE, "it", azure(**props))


def azure_group(*rules: Any) -> Resource:
    return resource(types.AZURE_SECURITY_GROUP, "it", {"securityRules": list(rules)})


def firewall(**props: Any) -> Resource:
    return resource(types.GCP_FIREWALL, "it", {"allows": [{"protocol": "tcp"}], **props})


def subnet(**props: Any) -> Resource:
    return resource(types.AWS_SUBNET, "it", props)


@pytest.mark.parametrize(
    "one",
    [
        group({"cidrBlocks": [GATEWAY], "ipv6CidrBlocks": ["fd00::/8"], "securityGroups": ["sg"]}),
        group({"self": True}),
        group_rule(cidrBlocks=[GATEWAY]),
        group_rule(type="egress", cidrBlocks=["0.0.0.0/0"]),
        ingress_rule(cidrIpv4=GATEWAY),
        ingress_rule(cidrIpv4="10.72.0.9/20"),
        ingress_rule(cidrIpv4="127.0.0.1/32"),
        ingress_rule(referencedSecurityGroupId=UNKNOWN),
        firewall(sourceRanges=["130.211.0.0/22", "35.191.0.0/16", GATEWAY]),
        azure_rule(sourceAddressPrefix=GATEWAY, destinationAddressPrefix="*"),
        azure_rule(sourceAddressPrefix="VirtualNetwork"),
        azure_rule(sourceAddressPrefixes=["10.0.0.1", "AzureLoadBalancer"]),
        azure_rule(access="Deny", sourceAddressPrefix="*"),
        azure_rule(direction="Outbound", sourceAddressPrefix="Internet"),
        azure_group(azure(sourceAddressPrefix=GATEWAY)),
        firewall(sourceRanges=[GATEWAY]),
        firewall(sourceTags=["web"]),
        firewall(direction="EGRESS"),
        firewall(allows=[], denies=[{"protocol": "all"}]),
        subnet(mapPublicIpOnLaunch=False),
    ],
)
def test_compliant_landings_let_private_addresses_in(one: Resource) -> None:
    outcome = run(policy, [one])
    assert outcome.violations == []
    assert outcome.unknown is None


@pytest.mark.parametrize(
    ("one", "who"),
    [
        (group({"cidrBlocks": [GATEWAY]}, {"cidrBlocks": ["0.0.0.0/0"]}), "0.0.0.0/0"),
        (group({"ipv6CidrBlocks": ["::/0"]}), "::/0"),
        (group_rule(cidrBlocks=["0.0.0.0/1"]), "0.0.0.0/1"),
        (group_rule(ipv6CidrBlocks=["2000::/3"]), "2000::/3"),
        (ingress_rule(cidrIpv4="203.0.113.0/24"), "203.0.113.0/24"),
        (ingress_rule(cidrIpv4="10.0.0.0/7"), "10.0.0.0/7"),
        (ingress_rule(cidrIpv6="::/0"), "::/0"),
        (azure_rule(sourceAddressPrefix="*"), "*"),
        (azure_rule(sourceAddressPrefix="Internet"), "Internet"),
        (azure_rule(sourceAddressPrefixes=[GATEWAY, "AzureCloud"]), "AzureCloud"),
        (azure_rule(access="allow", direction="inbound", sourceAddressPrefix="*"), "*"),
        (azure_group(azure(sourceAddressPrefix="0.0.0.0/0")), "0.0.0.0/0"),
        (firewall(sourceRanges=[GATEWAY, "8.8.8.8/32"]), "8.8.8.8/32"),
        (firewall(direction="INGRESS", sourceRanges=["::/0"]), "::/0"),
    ],
)
def test_a_public_source_is_a_violation(one: Resource, who: str) -> None:
    outcome = run(policy, [one])
    assert outcome.names == ["it"]
    assert outcome.messages == f"allows ingress from {who}, which is not a private block"


def test_a_missing_source_is_a_violation_in_gcp_where_it_means_everyone() -> None:
    assert "allows ingress from 0.0.0.0/0" in run(policy, [firewall()]).messages


def test_missing_rules_let_nobody_in() -> None:
    kinds = (types.AWS_SECURITY_GROUP, types.AZURE_SECURITY_GROUP)
    assert run(policy, [resource(kind, kind, {}) for kind in kinds]).violations == []


def test_a_subnet_that_gives_public_addresses_is_a_violation() -> None:
    assert "mapPublicIpOnLaunch" in run(policy, [subnet(mapPublicIpOnLaunch=True)]).messages


@pytest.mark.parametrize(
    "one",
    [
        group(UNKNOWN, {"cidrBlocks": ["0.0.0.0/0"]}),
        group({"cidrBlocks": UNKNOWN, "ipv6CidrBlocks": ["::/0"]}),
        group_rule(cidrBlocks=[UNKNOWN, "0.0.0.0/0"]),
        ingress_rule(cidrIpv4=UNKNOWN, cidrIpv6="::/0"),
        azure_group(azure(access=UNKNOWN), azure(sourceAddressPrefix="*")),
        azure_rule(sourceAddressPrefix=UNKNOWN, sourceAddressPrefixes=["*"]),
        firewall(sourceRanges=[UNKNOWN, "0.0.0.0/0"]),
    ],
)
def test_what_is_unknown_is_said_and_hides_no_violation_beside_it(one: Resource) -> None:
    outcome = run(policy, [one])
    assert outcome.names == ["it"]
    assert "it ." in str(outcome.unknown)


def test_an_excepted_group_is_open() -> None:
    config = {"exceptions": [{"resource": "i?", "reason": "the public web server"}]}
    assert run(policy, [ingress_rule(cidrIpv4="0.0.0.0/0")], config).violations == []
