"""Web ACLs of AWS WAF, and their association with load balancers of a region.

Source: CreateWebACL and AssociateWebACL of the AWS WAFV2 API, version 2019-07-29, and "AWS Managed
Rules rule groups list" (AWS WAF Developer Guide). Of the statements, managed rule groups and
rate-based rules are modelled. CloudFront names a web ACL itself, in ``webAclId``.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.clouds.aws.cloud import arn, aws
from sandbox.clouds.aws.load_balancing import LOAD_BALANCER
from sandbox.clouds.declare import Autoname, Call, CloudError, Error
from sandbox.clouds.inputs import Failure, block, blocks, flag, ref, text, whole
from sandbox.clouds.rules import unique
from sandbox.clouds.wire import Values, is_unknown

_INVALID: Final = "WAFInvalidParameterException"
_MISSING: Error = (
    "WAFNonexistentItemException",
    "AWS WAF couldn\u2019t perform the operation because your resource doesn\u2019t exist.",
)
_CAPACITIES: Mapping[str, int] = {
    "AWSManagedRulesACFPRuleSet": 50,
    "AWSManagedRulesATPRuleSet": 50,
    "AWSManagedRulesAdminProtectionRuleSet": 100,
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesAnonymousIpList": 50,
    "AWSManagedRulesAntiDDoSRuleSet": 50,
    "AWSManagedRulesBotControlRuleSet": 50,
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesLinuxRuleSet": 200,
    "AWSManagedRulesPHPRuleSet": 100,
    "AWSManagedRulesSQLiRuleSet": 200,
    "AWSManagedRulesUnixRuleSet": 100,
    "AWSManagedRulesWindowsRuleSet": 200,
    "AWSManagedRulesWordPressRuleSet": 100,
}
"""Capacity units of the rule groups that AWS manages."""
_RATE_BASED_CAPACITY: Final = 2
_MOST_CAPACITY: Final = 5000


def id_in_arn(call: Call, value: str) -> str:
    """The id in the ARN of a web ACL. An id alone names no web ACL."""
    del call
    return value.rsplit("/", 1)[-1] if value.startswith("arn:aws:wafv2:") else ""


_METRICS = {
    "cloudwatchMetricsEnabled": flag(required=True),
    "metricName": text(required=True),
    "sampledRequestsEnabled": flag(required=True),
}
_STATEMENT = {
    "managedRuleGroupStatement": block(
        {
            "name": text(required=True),
            "vendorName": text(required=True),
            "version": text(),
        }
    ),
    "rateBasedStatement": block(
        {
            "aggregateKeyType": text(required=True, choices=("IP", "FORWARDED_IP", "CONSTANT")),
            "limit": whole(required=True, between=(10, 2_000_000_000)),
            "evaluationWindowSec": whole(),
        }
    ),
}
_RULE = {
    "name": text(required=True),
    "priority": whole(required=True),
    "statement": block(_STATEMENT, required=True),
    "visibilityConfig": block(_METRICS, required=True),
    "action": block({"allow": block({}), "block": block({}), "count": block({})}),
    "overrideAction": block({"count": block({}), "none": block({})}),
}


def _one_action(values: Values) -> Iterator[Failure]:
    """The provider's own errors about blocks that exclude each other."""
    action = values.get("defaultAction")
    if isinstance(action, dict) and not is_unknown(action) and len(action) != 1:
        yield "defaultAction", f"one of `allow,block` must be specified, got {sorted(action)}"


def _rules(values: Values) -> list[dict[str, Any]]:
    return list(values.get("rules") or [])


def _refused(call: Call, said: str) -> CloudError:
    return call.error((_INVALID, f"Error reason: {said}"))


def _scope_of_region(call: Call) -> None:
    """A rule: a web ACL for CloudFront is made in us-east-1."""
    if call.values["scope"] == "CLOUDFRONT" and call.place != "us-east-1":
        raise _refused(call, "The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT")


def _good_rules(call: Call) -> None:
    """A rule: names and priorities differ, and each rule has one statement and one action."""
    rules = _rules(call.values)
    for prop in ("name", "priority"):
        counted = Counter(rule[prop] for rule in rules)
        if twice := [value for value, times in counted.items() if times > 1]:
            said = f"You have used duplicate {prop} values, field: RULE, parameter: {twice[0]}"
            raise _refused(call, said)
    for rule in rules:
        statement = rule["statement"]
        if len(statement) != 1:
            said = "You have used none or multiple values for a field that requires exactly one "
            raise _refused(call, f"{said}value., field: STATEMENT, parameter: {rule['name']}")
        wanted = "overrideAction" if "managedRuleGroupStatement" in statement else "action"
        other = "action" if wanted == "overrideAction" else "overrideAction"
        if other in rule or len(rule.get(wanted) or {}) != 1:
            said = f"A reference in your rule statement is not valid: it takes one {wanted}"
            raise _refused(call, f"{said}, field: RULE, parameter: {rule['name']}")
        group = statement.get("managedRuleGroupStatement")
        if group and (group["vendorName"] != "AWS" or group["name"] not in _CAPACITIES):
            raise call.error(_MISSING)
    if _capacity(call.values) > _MOST_CAPACITY:
        said = "The web ACL capacity units (WCU) exceed {most}"
        raise call.error(("WAFLimitsExceededException", said), most=_MOST_CAPACITY)


def _capacity(values: Values) -> int:
    """The capacity units of all rules."""
    groups = [rule["statement"].get("managedRuleGroupStatement") for rule in _rules(values)]
    return sum(_CAPACITIES[group["name"]] if group else _RATE_BASED_CAPACITY for group in groups)


def _web_acl(call: Call, id_: str) -> Values:
    scope = "global" if call.values["scope"] == "CLOUDFRONT" else "regional"
    return {
        "applicationIntegrationUrl": "",
        "arn": arn(call, "wafv2", f"{scope}/webacl/{call.values['name']}/{id_}"),
        "capacity": _capacity(call.values),
        "lockToken": str(uuid.uuid5(uuid.NAMESPACE_URL, f"lock:{id_}")),
    }


def _web_acl_id(call: Call) -> str:
    serial = call.store.serial("aws:webacl")
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"webacl:{serial}"))


WEB_ACL = aws(
    "aws:wafv2/webAcl:WebAcl",
    {
        "name": text(fixed=True),
        "scope": text(required=True, fixed=True, choices=("CLOUDFRONT", "REGIONAL")),
        "description": text(),
        "defaultAction": block({"allow": block({}), "block": block({})}, required=True),
        "visibilityConfig": block(_METRICS, required=True),
        "rules": blocks(_RULE, unordered=True),
    },
    id=_web_acl_id,
    action="WAFV2: CreateWebACL",
    updates="WAFV2: UpdateWebACL",
    autoname=Autoname("name", longest=128),
    missing=_MISSING,
    in_use=(
        "WAFAssociatedItemException",
        "AWS WAF couldn\u2019t perform the operation because your resource is being used by "
        "another resource or it\u2019s associated with another resource ({by}).",
    ),
    checks=(_one_action,),
    rules=(
        _scope_of_region,
        unique(
            "name",
            within="scope",
            error=(
                "WAFDuplicateItemException",
                "AWS WAF couldn\u2019t perform the operation because some resource in your request "
                "is a duplicate of an existing one.",
            ),
        ),
        _good_rules,
    ),
    outputs=("applicationIntegrationUrl", "arn", "capacity", "lockToken"),
    made=_web_acl,
    changed=lambda call: {"capacity": _capacity(call.values)},
)


def _regional(call: Call) -> None:
    """A rule: a regional web ACL protects application load balancers."""
    if call.target("webAclArn")["scope"] != "REGIONAL":
        said = "The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT"
        raise _refused(call, said)
    if call.target("resourceArn")["loadBalancerType"] != "application":
        said = "The ARN isn't valid. A valid ARN begins with arn: and includes other information "
        raise _refused(
            call, f"{said}, field: RESOURCE_ARN, parameter: {call.values['resourceArn']}"
        )


WEB_ACL_ASSOCIATION = aws(
    "aws:wafv2/webAclAssociation:WebAclAssociation",
    {
        "resourceArn": ref(
            LOAD_BALANCER, required=True, fixed=True, on_delete="cascade", missing=_MISSING
        ),
        "webAclArn": ref(WEB_ACL, required=True, fixed=True, find=id_in_arn),
    },
    id=lambda call: f"{call.values['webAclArn']},{call.values['resourceArn']}",
    action="WAFV2: AssociateWebACL",
    deletes="WAFV2: DisassociateWebACL",
    tagged=False,
    rules=(_regional,),
)
