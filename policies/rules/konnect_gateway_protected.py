"""Gateway networks, control planes and configurations must be protected from deletion.

Deleting a network loses its addresses, which partners have in their firewalls. Deleting a control
plane deletes the services and routes of every team. Deleting a configuration deletes all data
planes.
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
