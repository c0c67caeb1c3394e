"""Cloud Armor security policies of backend services.

Rules run in the order of their priority. A policy always has a default rule, which matches
everybody. Source: ``securityPolicies`` of Compute Engine. Adaptive protection, reCAPTCHA and
redirects are not modelled.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from sandbox.clouds.declare import Call
from sandbox.clouds.gcp.cloud import gcp, invalid
from sandbox.clouds.inputs import block, blocks, flag, text, texts, whole
from sandbox.clouds.wire import Values

DEFAULT_PRIORITY = 2147483647
_ACTION = re.compile(r"allow|deny\((?:403|404|502)\)|throttle|rate_based_ban")
_MOST_RANGES = 10
_LIMIT = {"count": whole(), "intervalSec": whole(between=(1, 3600))}
_DEFAULT_RULE = {
    "action": "allow",
    "description": "default rule",
    "priority": DEFAULT_PRIORITY,
    "preview": False,
    "match": {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["*"]}},
}

_RULE = {
    "action": text(required=True),
    "priority": whole(required=True, between=(0, DEFAULT_PRIORITY)),
    "description": text(),
    "preview": flag(computed=True),
    "match": block(
        {
            "versionedExpr": text(choices=("SRC_IPS_V1",)),
            "config": block({"srcIpRanges": texts()}),
            "expr": block({"expression": text(required=True)}),
        },
        required=True,
    ),
    "rateLimitOptions": block(
        {
            "conformAction": text(choices=("allow",)),
            "exceedAction": text(choices=("deny(403)", "deny(404)", "deny(429)", "deny(502)")),
            "enforceOnKey": text(
                choices=("ALL", "IP", "HTTP_HEADER", "XFF_IP", "HTTP_COOKIE", "SNI"),
            ),
            "enforceOnKeyName": text(),
            "banDurationSec": whole(),
            "rateLimitThreshold": block(_LIMIT),
            "banThreshold": block(_LIMIT),
        }
    ),
}


def _good_rules(call: Call) -> None:
    """A rule: priorities differ, the default rule is there, and each rule is complete."""
    rules = call.values.get("rules") or []
    priorities = [rule["priority"] for rule in rules]
    for index, rule in enumerate(rules):
        field = f"resource.rules[{index}]"
        if rule["priority"] in priorities[:index]:
            why = "Cannot have rules with the same priorities."
            raise invalid(call, f"{field}.priority", rule["priority"], why)
        _good_rule(call, field, rule)
    default = next((rule for rule in rules if rule["priority"] == DEFAULT_PRIORITY), None)
    if rules and (default is None or _ranges(default) != ["*"]):
        why = f"A default rule with the priority {DEFAULT_PRIORITY} and the match '*' is required."
        raise invalid(call, "resource.rules", "", why)


def _good_rule(call: Call, field: str, rule: dict[str, Any]) -> None:
    action, match = rule["action"], rule["match"]
    if not _ACTION.fullmatch(action):
        raise invalid(call, f"{field}.action", action, "The action is not supported.")
    if (action in ("throttle", "rate_based_ban")) != ("rateLimitOptions" in rule):
        why = "Rate limit options are required for, and only for, throttle and rate_based_ban."
        raise invalid(call, f"{field}.rateLimitOptions", "", why)
    if ("versionedExpr" in match) == ("expr" in match):
        why = "Exactly one of versionedExpr and expr must be specified."
        raise invalid(call, f"{field}.match", "", why)
    ranges = _ranges(rule)
    if "versionedExpr" in match and not 1 <= len(ranges) <= _MOST_RANGES:
        why = f"A rule has 1 to {_MOST_RANGES} source IP ranges."
        raise invalid(call, f"{field}.match.config.srcIpRanges", len(ranges), why)
    for value in ranges:
        if value != "*" and not _is_range(value):
            why = "Must be an IP address or an IP address range in CIDR format."
            raise invalid(call, f"{field}.match.config.srcIpRanges", value, why)


def _ranges(rule: dict[str, Any]) -> list[str]:
    return list((rule["match"].get("config") or {}).get("srcIpRanges") or [])


def _is_range(value: str) -> bool:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        return False
    return True


def _rules(call: Call) -> Values:
    """The rules with what Google chooses; the default rule in a policy without rules."""
    given = call.values.get("rules") or [_DEFAULT_RULE]
    return {"rules": [{"preview": False, **rule} for rule in given]}


SECURITY_POLICY = gcp(
    "gcp:compute/securityPolicy:SecurityPolicy",
    {
        "description": text(),
        "type": text(computed=True, fixed=True, choices=("CLOUD_ARMOR", "CLOUD_ARMOR_EDGE")),
        "rules": blocks(_RULE, unordered=True, computed=True),
    },
    id="projects/{project}/global/securityPolicies/{name}",
    labelled=True,
    self_link=True,
    fills={"type": "CLOUD_ARMOR"},
    rules=(_good_rules,),
    outputs=("fingerprint", "labelFingerprint"),
    made=lambda call: {
        "fingerprint": f"{call.store.serial('gcp:fingerprint'):012x}",
        "labelFingerprint": f"{call.store.serial('gcp:fingerprint'):012x}",
    },
    changed=_rules,
)
