"""The firewall policies that Application Gateways use.

Source: Microsoft, "Azure Web Application Firewall on Azure Application Gateway".
"""

from __future__ import annotations

from sandbox.clouds.azure.cloud import NETWORK, azure
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import block, blocks, flag, text, whole

_INVALID = "InvalidRequestFormat"
"""Azure's codes are not documented."""
_UNKNOWN: Error = (_INVALID, "The managed rule set {kind} {version} is not supported.")
_NO_ATTACKS: Error = (_INVALID, "A policy must have one of the rule sets of common attacks.")

_RULE_SETS = {
    "OWASP": ("3.0", "3.1", "3.2"),
    "Microsoft_DefaultRuleSet": ("2.1",),
    "Microsoft_BotManagerRuleSet": ("0.1", "1.0", "1.1"),
}
"""By type: the versions of the managed rule sets."""


def _known_sets(call: Call) -> None:
    """A rule: a policy has known rule sets, one of them with the common attacks."""
    given = call.values["managedRules"]["managedRuleSets"]
    for one in given:
        if one["ruleSetVersion"] not in _RULE_SETS.get(one["ruleSetType"], ()):
            kind, version = one["ruleSetType"], one["ruleSetVersion"]
            raise call.error(_UNKNOWN, kind=kind, version=version)
    if all(one["ruleSetType"] == "Microsoft_BotManagerRuleSet" for one in given):
        raise call.error(_NO_ATTACKS)


FIREWALL_POLICY = azure(
    NETWORK,
    "WebApplicationFirewallPolicy",
    {
        "managedRules": block(
            {
                "managedRuleSets": blocks(
                    {"ruleSetType": text(required=True), "ruleSetVersion": text(required=True)},
                    required=True,
                )
            },
            required=True,
        ),
        "policySettings": block(
            {
                "mode": text(choices=("Prevention", "Detection")),
                "state": text(choices=("Enabled", "Disabled")),
                "requestBodyCheck": flag(),
                "maxRequestBodySizeInKb": whole(),
                "fileUploadLimitInMb": whole(),
            }
        ),
    },
    kind="ApplicationGatewayWebApplicationFirewallPolicies",
    named="policyName",
    rules=(_known_sets,),
    outputs=("resourceState",),
    made=lambda call, id_: {"resourceState": "Enabled"},
)
