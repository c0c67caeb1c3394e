"""Networks may be shared with Kong's principals only.

A hub is shared with an AWS account outside the organisation. A role on a network is assigned to an
application of another Azure tenant. One wrong digit would give access to a stranger. Kong's AWS
account is Konnect's ``provider_account_id``. The object id of Kong's application differs in each
Entra tenant.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pulumi_policy import ResourceValidationArgs, Severity

from policies import types
from policies.rule import Config, resource_rule

_WHO: Final = {
    types.AWS_SHARE_PRINCIPAL: ("principal", "aws_accounts"),
    types.AZURE_ROLE_ASSIGNMENT: ("principalId", "azure_principals"),
}
"""By type token: the property that names the principal, and the setting that lists Kong's."""


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    prop, setting = _WHO[args.resource_type]
    principal = args.props.get(prop)
    if principal not in config[setting]:
        yield f"{prop} {principal!r} is not in `{setting}`, the list of Kong's"


def _principals(description: str) -> dict[str, Any]:
    items = {"type": "string"}
    return {"type": "array", "items": items, "default": [], "description": description}


policy = resource_rule(
    "cloud-kong-principals-only",
    "Hubs and networks are shared with Kong's principals only.",
    _WHO,
    _check,
    severity=Severity.CRITICAL,
    remedy="Share with the account that Konnect gives (provider_account_id), or the service "
    "principal of Kong's application in your tenant; list it in the rule's configuration.",
    config={
        "aws_accounts": _principals(
            "Kong's AWS accounts. The shipped one is the sandbox's: replace it with the "
            "provider_account_id that Konnect shows you."
        ),
        "azure_principals": _principals(
            "Object ids of Kong's service principal in your tenants. The shipped one is the "
            "sandbox's: replace it with your stack's azure.kong_principal_id."
        ),
    },
)
