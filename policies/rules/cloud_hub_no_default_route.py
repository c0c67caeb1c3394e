"""Routes into a hub or to Kong must have private destinations: no default route, no public block.

A default route into a hub sends the environment's internet traffic, also the gateways', through
the networks attached to the hub. Kong routes the CIDR blocks of an attachment in the same way.
GCP exports custom routes over a peering, except routes with tags and routes to its default
internet gateway. In Azure, routes with the next hop `None` or `Internet` do not enter a hub.
A prefix list of AWS does not say who uses it, so each must have private blocks only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pulumi_policy import ResourceValidationArgs, Severity

from policies import types
from policies.addresses import is_private
from policies.rule import Config, Unknowns, resource_rule
from policies.values import is_set, values_at

_AWS_HUBS: Final = ("transitGatewayId", "coreNetworkArn", "vpcPeeringConnectionId")
_AZURE_HUBS: Final = frozenset({"virtualappliance", "virtualnetworkgateway"})


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    unknowns = Unknowns()
    for block in _DESTINATIONS[args.resource_type](args.props, unknowns, args.name):
        if not is_private(block):
            yield f"routes {block}, which is not a private block"
    unknowns.raise_if_any()


def _attachment(props: Any, unknowns: Unknowns, name: str) -> Iterator[str]:
    yield from values_at(props, "cidr_blocks.*", unknowns, name)


def _aws_route(props: Any, unknowns: Unknowns, name: str) -> Iterator[str]:
    if any(is_set(props, hub) for hub in _AWS_HUBS):
        for path in ("destinationCidrBlock", "destinationIpv6CidrBlock"):
            yield from values_at(props, path, unknowns, name)


def _aws_prefix_list(props: Any, unknowns: Unknowns, name: str) -> Iterator[str]:
    yield from values_at(props, "entries.*.cidr", unknowns, name)


def _aws_routes(props: Any, unknowns: Unknowns, name: str) -> Iterator[str]:
    for route in values_at(props, "routes.*", unknowns, name):
        if any(is_set(route, hub) for hub in _AWS_HUBS):
            for path in ("cidrBlock", "ipv6CidrBlock"):
                yield from (block for block in values_at(route, path, unknowns, name) if block)


def _hub_route(props: Any, unknowns: Unknowns, name: str) -> Iterator[str]:
    with unknowns.noted(name):
        if not props.get("blackhole"):
            yield from values_at(props, "destinationCidrBlock", unknowns, name)


def _azure_route(props: Any, unknowns: Unknowns, name: str) -> Iterator[str]:
    with unknowns.noted(name):
        if props.get("nextHopType", "").lower() in _AZURE_HUBS:
            yield from values_at(props, "addressPrefix", unknowns, name)


def _azure_routes(props: Any, unknowns: Unknowns, name: str) -> Iterator[str]:
    for route in values_at(props, "routes.*", unknowns, name):
        yield from _azure_route(route, unknowns, name)


def _gcp_route(props: Any, unknowns: Unknowns, name: str) -> Iterator[str]:
    if not is_set(props, "nextHopGateway") and not is_set(props, "tags"):
        yield from values_at(props, "destRange", unknowns, name)


_DESTINATIONS: Final = {
    types.ATTACHMENT: _attachment,
    types.AWS_PREFIX_LIST: _aws_prefix_list,
    types.AWS_ROUTE: _aws_route,
    types.AWS_ROUTE_TABLE: _aws_routes,
    types.AWS_TRANSIT_GATEWAY_ROUTE: _hub_route,
    types.AZURE_ROUTE: _azure_route,
    types.AZURE_ROUTE_TABLE: _azure_routes,
    types.GCP_ROUTE: _gcp_route,
}
"""By type token: the destinations that the resource routes into a hub or to Kong."""

policy = resource_rule(
    "cloud-hub-no-default-route",
    "Only private blocks are routed into hubs and between them and Kong.",
    _DESTINATIONS,
    _check,
    severity=Severity.CRITICAL,
    remedy="Route the private blocks that are really there; except the resource by name if a "
    "public block is your own.",
)
