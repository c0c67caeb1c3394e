"""The CIDR block of a gateway network must have a size that its cloud and environment allow.

A network's CIDR block cannot change. If it is too small, the network must be replaced, and gets
new addresses. Kong accepts /16 to /23, in Azure /16 to /21.
Source: Kong's minimum requirements of CIDR blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from pulumi_policy import ResourceValidationArgs, Severity

from policies import types
from policies.konnect import cloud_of
from policies.rule import Config, resource_rule

_LARGEST = 16
_SMALLEST = 23
_SMALLEST_IN_AZURE = 21


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    written = args.props.get("cidr_block")
    if written is None:
        yield "has no cidr_block"
        return
    try:
        block = IPv4Network(written)
    except ValueError as error:
        yield f"cidr_block {written!r} is not an IPv4 CIDR block: {error}"
        return
    cloud = cloud_of(args.props.get("region") or "")
    smallest = int(config["max_prefix_length"])
    if cloud == "azure":
        smallest = min(smallest, _SMALLEST_IN_AZURE)
    if not _LARGEST <= block.prefixlen <= smallest:
        yield f"cidr_block {block} must be a /{_LARGEST} to /{smallest} in {cloud or 'its cloud'}"


policy = resource_rule(
    "konnect-network-cidr-size",
    "A gateway network's block fits its cloud and its environment.",
    [types.NETWORK],
    _check,
    severity=Severity.HIGH,
    remedy="Give the region a cidr of the size that the message names, before it is created.",
    config={
        "max_prefix_length": {
            "type": "integer",
            "minimum": _LARGEST,
            "maximum": _SMALLEST,
            "default": _SMALLEST,
            "description": "Prefix length of the smallest block of this environment.",
        }
    },
)
