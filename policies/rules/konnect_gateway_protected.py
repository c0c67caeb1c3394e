"""Gateway networks, control planes and their configurations cannot be deleted by accident.

A network's addresses, which partners put into their firewalls, are lost with it; a control plane
takes every service and route of every team along, and a configuration all data planes.
"""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import ResourceValidationArgs, Severity

from policies import types
from policies.rule import Config, resource_rule


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    if config["required"] and not args.opts.protect:
        yield "is not protected from deletion"


policy = resource_rule(
    "konnect-gateway-protected",
    "Gateway networks, control planes and configurations are protected from deletion.",
    [types.NETWORK, types.CONTROL_PLANE, types.CONFIGURATION],
    _check,
    severity=Severity.HIGH,
    remedy="Write protect: true in the stack's settings.",
    config={"required": {"type": "boolean", "default": False}},
)
