"""Gateways must have only the listeners that their environment allows: private, public or both.

Konnect's default is ``private+public``: it gives every data plane group a public host name and
public addresses.
Source: Cloud Gateways API, ``PUT /v2/cloud-gateways/configurations``.
"""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import ResourceValidationArgs, Severity

from policies import types
from policies.rule import Config, resource_rule

_KINDS = ["private", "public", "private+public"]
_DEFAULT = "private+public"


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    access = args.props.get("api_access") or _DEFAULT
    if access not in config["allowed"]:
        yield f"api_access is {access}; allowed is {' or '.join(config['allowed'])}"


policy = resource_rule(
    "konnect-configuration-private-access",
    "Gateways have no listener where their environment may have none.",
    [types.CONFIGURATION],
    _check,
    severity=Severity.CRITICAL,
    remedy="Write api_access: private in the stack's settings.",
    config={
        "allowed": {
            "type": "array",
            "items": {"enum": _KINDS},
            "minItems": 1,
            "default": _KINDS,
        }
    },
)
