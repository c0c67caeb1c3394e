"""Web application firewall policies of Front Door, and the security policies that attach them.

A policy is attached to domains of a profile with the same SKU. Its default SKU is that of the
classic Front Door, which fits no profile. Managed rule sets need Premium.

Source: Microsoft, "Web Application Firewall on Azure Front Door" and its REST API.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.clouds.azure.cloud import CDN, FRONT_DOOR, azure, etag, holders
from sandbox.clouds.azure.front_door import (
    CUSTOM_DOMAIN,
    ENDPOINT,
    PROFILE,
    SKUS,
    SWITCH,
    refused,
    resource,
)
from sandbox.clouds.azure.names import only_letters_and_digits, owner_id, same_name
from sandbox.clouds.declare import Call, CloudError, name_of
from sandbox.clouds.inputs import block, blocks, flag, text, texts, whole
from sandbox.clouds.wire import Values

_RULE_SETS = {
    "Microsoft_DefaultRuleSet": ("1.1", "2.0", "2.1"),
    "DefaultRuleSet": ("1.0",),
    "Microsoft_BotManagerRuleSet": ("1.0", "1.1"),
}
"""By type: the versions of the managed rule sets."""


def _invalid(call: Call, said: str) -> CloudError:
    return refused(
        call, f"WebApplicationFirewallPolicy validation failed. More information '{said}'."
    )


def _sku(policy: Values) -> str:
    return str(policy.get("sku", {}).get("name", "Classic_AzureFrontDoor"))


def _sound_rules(call: Call) -> None:
    """A rule: custom rules have priorities of their own, and managed sets exist and are allowed."""
    priorities = [rule["priority"] for rule in call.values.get("customRules", {}).get("rules", [])]
    if len(priorities) != len(set(priorities)):
        raise _invalid(call, "Custom rules must have unique priorities")
    managed = call.values.get("managedRules", {}).get("managedRuleSets", [])
    if managed and _sku(call.values) == "Standard_AzureFrontDoor":
        raise _invalid(call, "Managed rules are not supported for Standard_AzureFrontDoor")
    for one in managed:
        kind, version = one["ruleSetType"], one["ruleSetVersion"]
        if version not in _RULE_SETS.get(kind, ()):
            raise _invalid(call, "Managed rule set types or versions are not compatible")
        if kind == "Microsoft_DefaultRuleSet" and version[0] == "2" and "ruleSetAction" not in one:
            raise _invalid(call, f"Managed rule set {kind} {version} must have a ruleSetAction")


WAF_POLICY = azure(
    FRONT_DOOR,
    "Policy",
    {
        "sku": block({"name": text(choices=("Classic_AzureFrontDoor", *SKUS))}, computed=True),
        "policySettings": block(
            {
                "enabledState": text(choices=SWITCH),
                "mode": text(choices=("Prevention", "Detection")),
                "customBlockResponseStatusCode": whole(),
                "customBlockResponseBody": text(),
                "redirectUrl": text(),
                "requestBodyCheck": text(choices=SWITCH),
            }
        ),
        "customRules": block(
            {
                "rules": blocks(
                    {
                        "name": text(),
                        "priority": whole(required=True),
                        "ruleType": text(required=True, choices=("MatchRule", "RateLimitRule")),
                        "action": text(
                            required=True,
                            choices=("Allow", "Block", "Log", "Redirect", "JSChallenge", "CAPTCHA"),
                        ),
                        "enabledState": text(choices=SWITCH),
                        "rateLimitDurationInMinutes": whole(),
                        "rateLimitThreshold": whole(),
                        "matchConditions": blocks(
                            {
                                "matchVariable": text(required=True),
                                "operator": text(required=True),
                                "matchValue": texts(required=True),
                                "negateCondition": flag(),
                                "selector": text(),
                            },
                            required=True,
                        ),
                    }
                )
            }
        ),
        "managedRules": block(
            {
                "managedRuleSets": blocks(
                    {
                        "ruleSetType": text(required=True),
                        "ruleSetVersion": text(required=True),
                        "ruleSetAction": text(choices=("Block", "Log", "Redirect")),
                    }
                )
            }
        ),
    },
    kind="FrontDoorWebApplicationFirewallPolicies",
    is_global=True,
    well_named=only_letters_and_digits(128),
    in_use=("BadRequest", "{id} cannot be deleted: it is associated with {by}."),
    rules=(_sound_rules,),
    outputs=("resourceState",),
    made=lambda call, id_: {"sku": {"name": _sku(call.values)}, "resourceState": "Enabled"},
    changed=lambda call: {"etag": etag(call)},
)


def _one_kind(call: Call) -> None:
    """A rule: the WAF policy has the profile's SKU, and secures its domains, each once."""
    profile = call.found["profileName"][0]
    policies = call.found.get("parameters.wafPolicy.id", [])
    if not policies:
        raise refused(call, "A security policy must have a wafPolicy.")
    ours, theirs = profile.body["sku"]["name"], _sku(policies[0].body)
    if ours != theirs:
        said = f"The WAF policy {policies[0].id} has the SKU {theirs}, and the profile has {ours}."
        raise refused(call, f"{said} They must be the same.")
    mine = list(_domains(call.values))
    if not mine:
        raise refused(call, "A security policy must be associated with at least one domain.")
    it = SECURITY_POLICY.id(call)
    for domain in mine:
        if not same_name(owner_id(domain), profile.id):
            raise refused(call, f"Domain {domain} is not in the profile {name_of(profile.id)}.")
    for other in holders(call, profile, SECURITY_POLICY):
        shared = {one.lower() for one in mine} & {one.lower() for one in _domains(other.body)}
        if shared and not same_name(other.id, it):
            raise refused(call, f"Domain {min(shared)} is already secured by {other.id}.")


def _domains(policy: Values) -> Iterator[str]:
    """The ids of the domains that a security policy secures."""
    for association in policy.get("parameters", {}).get("associations", []):
        for domain in association.get("domains", []):
            yield domain["id"]


SECURITY_POLICY = azure(
    CDN,
    "SecurityPolicy",
    {
        "parameters": block(
            {
                "type": text(required=True, choices=("WebApplicationFirewall",)),
                "wafPolicy": block(resource(WAF_POLICY)),
                "associations": blocks(
                    {
                        "domains": blocks(resource(CUSTOM_DOMAIN, ENDPOINT)),
                        "patternsToMatch": texts(),
                    }
                ),
            }
        )
    },
    parent=PROFILE,
    kind="securityPolicies",
    common=("provisioningState",),
    rules=(_one_kind,),
    outputs=("deploymentStatus",),
    made=lambda call, id_: {"deploymentStatus": "NotStarted"},
)
