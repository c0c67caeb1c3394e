"""Gateways must run the minimum version or later.

Kong applies patch versions. The customer upgrades minor versions, without an interruption.
Source: Cloud Gateways API, ``version`` of a configuration (``"3.13"``).
"""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import ResourceValidationArgs, Severity

from policies import types
from policies.konnect import release
from policies.rule import Config, resource_rule

_SERVERLESS = "serverless.v1"
"""Konnect chooses the version of serverless gateways, and refuses a ``version`` for them."""


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    if args.props.get("kind") == _SERVERLESS:
        return
    version, least = args.props.get("version"), config["min_version"]
    if not version:
        yield f"has no version; {least} or later is required"
    elif release(version) < release(least):
        yield f"gateway version {version} is older than {least}, which is required"


policy = resource_rule(
    "konnect-configuration-minimum-version",
    "Gateways run a version that is recent enough.",
    [types.CONFIGURATION],
    _check,
    severity=Severity.HIGH,
    remedy="Raise version in the stack's settings; the upgrade interrupts nothing.",
    config={"min_version": {"type": "string", "pattern": r"^\d+\.\d+(\.\d+)*$", "default": "3.13"}},
)
