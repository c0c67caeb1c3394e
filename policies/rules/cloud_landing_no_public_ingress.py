"""A landing must not allow ingress from the internet: the gateway is the only way in.

AWS names sources by CIDR block. Azure also takes the words `Internet` and `*`. In GCP an ingress
rule without a source allows every source, and Google's health checks come from two blocks of its
own, in which nobody on the internet has an address. AWS prefix lists are not checked, since their
entries are not in the plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pulumi_policy import ResourceValidationArgs, Severity

from policies import types
from policies.addresses import is_private
from policies.rule import Config, Unknowns, resource_rule
from policies.values import is_set, values_at

_INSIDE_AZURE: Final = frozenset({"virtualnetwork", "azureloadbalancer"})
"""Azure service tags that contain no public addresses."""


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    unknowns = Unknowns()
    for source in _SOURCES[args.resource_type](args.props, unknowns, args.name):
        if not is_private(source):
            yield f"allows ingress from {source}, which is not a private block"
    if args.resource_type == types.AWS_SUBNET:
        with unknowns.noted(args.name):
            if args.props.get("mapPublicIpOnLaunch"):
                yield "gives instances a public address (mapPublicIpOnLaunch)"
    unknowns.raise_if_any()


def _security_group(props: Any, unknowns: Unknowns, name: str) -> Iterator[str]:
    yield from values_at(props, "ingress.*.cidrBlocks.*", unknowns, name)
    yield from values_at(props, "ingress.*.ipv6CidrBlocks.*", unknowns, name)


def _security_group_rule(props: Any, unknowns: Unknowns, name: str) -> Iterator[str]:
    with unknowns.noted(name):
        if props.get("type", "ingress") == "ingress":
            yield from values_at(props, "cidrBlocks.*", unknowns, name)
            yield from values_at(props, "ipv6CidrBlocks.*", unknowns, name)


def _ingress_rule(props: Any, unknowns: Unknowns, name: str) -> Iterator[str]:
    yield from values_at(props, "cidrIpv4", unknowns, name)
    yield from values_at(props, "cidrIpv6", unknowns, name)


def _azure_rules(props: Any, unknowns: Unknowns, name: str) -> Iterator[str]:
    for rule in values_at(props, "securityRules.*", unknowns, name):
        yield from _azure_rule(rule, unknowns, name)


def _azure_rule(props: Any, unknowns: Unknowns, name: str) -> Iterator[str]:
    with unknowns.noted(name):
        access, direction = props.get("access", "Allow"), props.get("direction", "Inbound")
        if (access.lower(), direction.lower()) != ("allow", "inbound"):
            return
        for path in ("sourceAddressPrefix", "sourceAddressPrefixes.*"):
            for source in values_at(props, path, unknowns, name):
                if source.lower() not in _INSIDE_AZURE:
                    yield source


def _firewall(props: Any, unknowns: Unknowns, name: str) -> Iterator[str]:
    with unknowns.noted(name):
        if props.get("direction", "INGRESS") != "INGRESS" or not props.get("allows"):
            return
        if not any(is_set(props, key) for key in _GCP_SOURCES):
            yield "0.0.0.0/0"
        for source in values_at(props, "sourceRanges.*", unknowns, name):
            if source not in _GOOGLE_HEALTH_CHECKS:
                yield source


_GOOGLE_HEALTH_CHECKS: Final = ("130.211.0.0/22", "35.191.0.0/16")
"""Source: "Firewall rules" of Cloud Load Balancing."""
_GCP_SOURCES: Final = ("sourceRanges", "sourceTags", "sourceServiceAccounts")

_SOURCES: Final = {
    types.AWS_SECURITY_GROUP: _security_group,
    types.AWS_SECURITY_GROUP_RULE: _security_group_rule,
    types.AWS_INGRESS_RULE: _ingress_rule,
    types.AWS_SUBNET: lambda props, unknowns, name: iter(()),
    types.AZURE_SECURITY_GROUP: _azure_rules,
    types.AZURE_SECURITY_RULE: _azure_rule,
    types.GCP_FIREWALL: _firewall,
}
"""By type token: the sources that the resource allows."""

policy = resource_rule(
    "cloud-landing-no-public-ingress",
    "No customer network allows ingress from the internet.",
    _SOURCES,
    _check,
    severity=Severity.CRITICAL,
    remedy="Let in the gateway network's cidr only, and publish the service through the gateway.",
)
