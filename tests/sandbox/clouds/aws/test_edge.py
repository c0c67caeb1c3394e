"""CloudFront, WAF and ACM in the simulated AWS: what the clouds refuse, by their own codes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused

METRICS = {
    "cloudwatchMetricsEnabled": True,
    "metricName": "edge",
    "sampledRequestsEnabled": True,
}
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ORIGIN = {
    "originId": "one",
    "domainName": "one.example",
    "customOriginConfig": {
        "httpPort": 80,
        "httpsPort": 443,
        "originProtocolPolicy": "https-only",
        "originSslProtocols": ["TLSv1.2"],
    },
}
ALL = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
PLAIN: dict[str, Any] = {
    "enabled": True,
    "origins": [ORIGIN],
    "defaultCacheBehavior": {
        "allowedMethods": ALL,
        "cachedMethods": ["GET", "HEAD"],
        "targetOriginId": "one",
        "viewerProtocolPolicy": "https-only",
        "cachePolicyId": CACHING_DISABLED,
    },
    "restrictions": {"geoRestriction": {"restrictionType": "none"}},
    "viewerCertificate": {"cloudfrontDefaultCertificate": True},
}


def rule(name: str, priority: int, **more: Any) -> dict[str, Any]:
    group = {"name": "AWSManagedRulesCommonRuleSet", "vendorName": "AWS"}
    return {
        "name": name,
        "priority": priority,
        "statement": {"managedRuleGroupStatement": group},
        "overrideAction": {"none": {}},
        "visibilityConfig": METRICS,
        **more,
    }


def web_acl(aws: Provider, **changed: Any) -> Made:
    inputs: dict[str, Any] = {
        "region": "us-east-1",
        "name": "edge",
        "scope": "CLOUDFRONT",
        "defaultAction": {"allow": {}},
        "visibilityConfig": METRICS,
    }
    return aws.create(tokens.WEB_ACL, "acl", **{**inputs, **changed})


def certificate(aws: Provider, domain: str, region: str = "us-east-1", **more: Any) -> Made:
    wanted = {"domainName": domain, "validationMethod": "DNS", "region": region, **more}
    return aws.create(tokens.CERTIFICATE, domain, **wanted)


def publish(aws: Provider, made: Made, **zone: Any) -> None:
    """Put the record that ACM asks for into a zone."""
    asked = made["domainValidationOptions"][0]
    domain = made["domainName"].partition(".")[2]
    where = aws.create(tokens.ZONE, f"zone-{made.id}", name=domain, **zone)
    aws.create(
        tokens.RECORD,
        f"record-{made.id}",
        zoneId=where.id,
        name=asked["resourceRecordName"],
        type=asked["resourceRecordType"],
        ttl=60,
        records=[asked["resourceRecordValue"]],
    )


def test_a_certificate_is_issued_when_its_record_is_in_a_public_zone(aws: Provider) -> None:
    made = certificate(aws, "api.acme.example")
    with pytest.raises(Refused, match="last state: 'PENDING_VALIDATION'"):
        aws.create(tokens.CERTIFICATE_VALIDATION, certificateArn=made.id, region="us-east-1")
    vpc = aws.create(tokens.VPC, "vpc", cidrBlock="10.0.0.0/16")
    publish(aws, made, vpcs=[{"vpcId": vpc.id}])  # private: a CA does not see it
    read = aws.read(made)
    assert read is not None
    assert read["status"] == "PENDING_VALIDATION"

    other = certificate(aws, "api.shop.example")
    publish(aws, other)
    aws.create(tokens.CERTIFICATE_VALIDATION, certificateArn=other.id, region="us-east-1")
    read = aws.read(other)
    assert read is not None
    assert read["status"] == "ISSUED"


def test_a_validation_names_the_records_that_acm_asks_for(aws: Provider) -> None:
    made = certificate(aws, "api.acme.example")
    publish(aws, made)
    with pytest.raises(Refused, match="DNS validation record"):
        aws.create(
            tokens.CERTIFICATE_VALIDATION,
            certificateArn=made.id,
            region="us-east-1",
            validationRecordFqdns=["other.acme.example"],
        )


Change = Callable[[dict[str, Any]], None]


def _behavior(**changed: Any) -> Change:
    def change(inputs: dict[str, Any]) -> None:
        behavior = inputs["defaultCacheBehavior"]
        behavior.update(changed)
        for name in [name for name, value in changed.items() if value is None]:
            del behavior[name]

    return change


def _origin(**changed: Any) -> Change:
    return lambda inputs: inputs["origins"][0].update(changed)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_behavior(targetOriginId="two"), "NoSuchOrigin"),
        (_behavior(cachePolicyId=None), "The parameter ForwardedValues is required"),
        (_behavior(cachePolicyId="none"), "NoSuchCachePolicy"),
        (_behavior(originRequestPolicyId="none"), "NoSuchOriginRequestPolicy"),
        (_behavior(allowedMethods=["GET", "POST"]), "AllowedMethods"),
        (_behavior(cachedMethods=["GET", "HEAD", "POST"]), "CachedMethods"),
        (_origin(domainName="192.0.2.1"), "cannot be an IP address"),
        (
            _origin(customHeaders=[{"name": "A", "value": "1"}, {"name": "a", "value": "2"}]),
            "duplicate header",
        ),
        (lambda inputs: inputs["origins"].append(ORIGIN), "Origin Id is duplicated"),
        (lambda inputs: inputs["origins"][0].pop("customOriginConfig"), "CustomOriginConfig"),
        (lambda inputs: inputs.update(aliases=["api.acme.example"]), "InvalidViewerCertificate"),
        (lambda inputs: inputs.update(webAclId="an-id"), "InvalidWebACLId"),
    ],
)
def test_cloudfront_refuses_a_distribution(aws: Provider, change: Change, code: str) -> None:
    inputs = copy.deepcopy(PLAIN)
    change(inputs)
    with pytest.raises(Refused, match=code):
        aws.create(tokens.DISTRIBUTION, **inputs)


@pytest.mark.parametrize(
    "changed", [{"connectionAttempts": 4}, {"connectionTimeout": 11}, {"connectionAttempts": 0}]
)
def test_connections_of_an_origin_have_ranges(aws: Provider, changed: dict[str, int]) -> None:
    with pytest.raises(Failed, match="to be in the range"):
        aws.create(tokens.DISTRIBUTION, **{**PLAIN, "origins": [{**ORIGIN, **changed}]})


def viewer(certificate: Made, *aliases: str) -> dict[str, Any]:
    shown = {"acmCertificateArn": certificate.id, "sslSupportMethod": "sni-only"}
    return {**PLAIN, "aliases": [*aliases], "viewerCertificate": shown}


def test_the_certificate_of_a_distribution_is_issued_in_us_east_1_and_covers_its_names(
    aws: Provider,
) -> None:
    made = certificate(aws, "*.acme.example")
    refused = "isn't in us-east-1 region, isn't valid"
    with pytest.raises(Refused, match=refused):  # pending
        aws.create(tokens.DISTRIBUTION, **viewer(made, "api.acme.example"))
    publish(aws, made)
    away = certificate(aws, "*.acme.example", "us-east-2")
    with pytest.raises(Refused, match=refused):
        aws.create(tokens.DISTRIBUTION, **viewer(away, "api.acme.example"))
    with pytest.raises(Refused, match="attach a trusted certificate"):
        aws.create(tokens.DISTRIBUTION, **viewer(made, "one.api.acme.example"))
    aws.create(tokens.DISTRIBUTION, "first", **viewer(made, "api.acme.example"))
    with pytest.raises(Refused, match="CNAMEAlreadyExists"):
        aws.create(tokens.DISTRIBUTION, "second", **viewer(made, "api.acme.example"))
    with pytest.raises(Refused, match="ResourceInUseException"):
        aws.delete(made)


def test_a_function_must_be_published_and_unused_to_be_deleted(aws: Provider) -> None:
    wanted = {"name": "choose", "code": "// one", "runtime": "cloudfront-js-2.0"}
    draft = aws.create(tokens.FUNCTION, "draft", **wanted, publish=False)
    on = [{"eventType": "viewer-request", "functionArn": draft["arn"]}]
    inputs = copy.deepcopy(PLAIN)
    inputs["defaultCacheBehavior"]["functionAssociations"] = on
    with pytest.raises(Refused, match="InvalidFunctionAssociation"):
        aws.create(tokens.DISTRIBUTION, **inputs)
    live = aws.update(draft, publish=True)
    assert live["liveStageEtag"] == live["etag"]
    aws.create(tokens.DISTRIBUTION, **inputs)
    changed = aws.update(live, code="// two")
    assert changed["etag"] != live["etag"]
    with pytest.raises(Refused, match="FunctionInUse"):
        aws.delete(live)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"region": "us-east-2"}, "parameter: CLOUDFRONT"),
        ({"rules": [rule("a", 1), rule("b", 1)]}, "duplicate priority values"),
        ({"rules": [rule("a", 1), rule("a", 2)]}, "duplicate name values"),
        ({"rules": [rule("a", 1, action={"block": {}})]}, "it takes one overrideAction"),
        ({"rules": [rule("a", 1, overrideAction={})]}, "it takes one overrideAction"),
        ({"rules": [rule("a", 1, statement={})]}, "field: STATEMENT"),
        (
            {
                "rules": [
                    rule(
                        "a",
                        1,
                        statement={"managedRuleGroupStatement": {"name": "X", "vendorName": "AWS"}},
                    )
                ]
            },
            "WAFNonexistentItemException",
        ),
        ({"rules": [rule(str(one), one) for one in range(8)]}, "WAFLimitsExceededException"),
    ],
)
def test_waf_refuses_a_web_acl(aws: Provider, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, match=code):
        web_acl(aws, **changed)


def test_a_web_acl_has_one_default_action(aws: Provider) -> None:
    with pytest.raises(Failed, match="one of `allow,block`"):
        web_acl(aws, defaultAction={"allow": {}, "block": {}})


def test_rules_of_a_web_acl_change_in_place_and_count_its_capacity(aws: Provider) -> None:
    made = web_acl(aws, rules=[rule("common", 1)])
    assert made["capacity"] == 700
    rate = {
        "name": "rate",
        "priority": 2,
        "statement": {"rateBasedStatement": {"aggregateKeyType": "IP", "limit": 2000}},
        "action": {"block": {}},
        "visibilityConfig": METRICS,
    }
    changed = aws.update(made, rules=[rule("common", 1), rate])
    assert changed["capacity"] == 702
    assert [*aws.diff(made, rules=[rule("common", 1), rate]).replaces] == []
    assert [*aws.diff(made, name="other").replaces] == ["name"]


def test_a_web_acl_in_use_stays(aws: Provider) -> None:
    acl = web_acl(aws)
    used = aws.create(tokens.DISTRIBUTION, **PLAIN, webAclId=acl["arn"])
    with pytest.raises(Refused, match="WAFAssociatedItemException"):
        aws.delete(acl)
    aws.delete(used)
    aws.delete(acl)


def test_a_distribution_takes_no_regional_web_acl(aws: Provider) -> None:
    acl = web_acl(aws, scope="REGIONAL")
    with pytest.raises(Refused, match="InvalidWebACLId"):
        aws.create(tokens.DISTRIBUTION, **PLAIN, webAclId=acl["arn"])


def test_a_web_acl_protects_application_load_balancers_only(aws: Provider) -> None:
    vpc = aws.create(tokens.VPC, "vpc", cidrBlock="10.0.0.0/16")
    subnet = aws.create(tokens.SUBNET, "subnet", vpcId=vpc.id, cidrBlock="10.0.0.0/24")
    network = aws.create(
        tokens.LOAD_BALANCER,
        "network",
        name="network",
        loadBalancerType="network",
        internal=True,
        subnets=[subnet.id],
    )
    acl = web_acl(aws, region="us-east-2", scope="REGIONAL")
    with pytest.raises(Refused, match="RESOURCE_ARN"):
        aws.create(tokens.WEB_ACL_ASSOCIATION, resourceArn=network.id, webAclArn=acl["arn"])
