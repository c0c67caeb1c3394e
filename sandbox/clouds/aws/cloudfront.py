"""CloudFront distributions with custom origins, and CloudFront Functions.

CloudFront is global: its objects have no region. Source: CreateDistribution and CreateFunction of
the Amazon CloudFront API, version 2020-05-31, and the managed policies in its Developer Guide.
Origin groups, legacy cache settings (``forwardedValues``) and S3 origins are not modelled. The
provider disables a distribution before it deletes it, so an enabled one can be deleted here.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterator
from typing import Any

from sandbox.clouds.aws.acm import CERTIFICATE, covers, is_issued
from sandbox.clouds.aws.alias_zones import CLOUDFRONT_ZONE
from sandbox.clouds.aws.cloud import aws
from sandbox.clouds.aws.wafv2 import WEB_ACL, id_in_arn
from sandbox.clouds.declare import Autoname, Call, CloudError, Error
from sandbox.clouds.inputs import Failure, block, blocks, flag, ref, text, text_set, whole
from sandbox.clouds.wire import Values, is_unknown

_INVALID = "InvalidArgument"
_NO_CERTIFICATE: Error = (
    "InvalidViewerCertificate",
    "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or "
    "doesn't include a valid certificate chain.",
)
_NO_WEB_ACL: Error = ("InvalidWebACLId", "Web ACL is not accessible by the requester.")
_NO_FUNCTION: Error = (
    "InvalidFunctionAssociation",
    "The specified function does not exist, or is not published: {value}",
)
_METHODS = (
    {"GET", "HEAD"},
    {"GET", "HEAD", "OPTIONS"},
    {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"},
)
_CACHE_POLICIES = {
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": "Managed-CachingDisabled",
    "658327ea-f89d-4fab-a63d-7e88639e58f6": "Managed-CachingOptimized",
}
_ORIGIN_REQUEST_POLICIES = {
    "216adef6-5c7f-47e4-b989-5492eafa07d3": "Managed-AllViewer",
    "33f36d7e-f396-46d9-90e0-52428a34d9dc": "Managed-AllViewerAndCloudFrontHeaders-2022-06",
    "b689b0a8-53d0-40ab-baf2-68738e2966ac": "Managed-AllViewerExceptHostHeader",
}

# Functions


def _arn(call: Call, resource: str) -> str:
    return f"arn:aws:cloudfront::{call.tenant}:{resource}"


def _etag(*parts: object) -> str:
    return "E" + hashlib.sha256(repr(parts).encode()).hexdigest()[:13].upper()


def _stages(call: Call) -> Values:
    """The version of the code, and of the code that is live."""
    version = _etag(call.values["code"], call.values["runtime"])
    live = version if call.values["publish"] else (call.stored or {}).get("liveStageEtag", "")
    return {"etag": version, "liveStageEtag": live, "status": "UNASSOCIATED"}


FUNCTION = aws(
    "aws:cloudfront/function:Function",
    {
        "name": text(fixed=True),
        "code": text(required=True),
        "runtime": text(required=True, choices=("cloudfront-js-1.0", "cloudfront-js-2.0")),
        "comment": text(),
        "publish": flag(default=True),
    },
    id=lambda call: str(call.values["name"]),
    action="CloudFront: CreateFunction",
    updates="CloudFront: UpdateFunction",
    regional=False,
    autoname=Autoname("name", longest=64),
    missing=("NoSuchFunctionExists", "The specified function does not exist.", 404),
    taken=("FunctionAlreadyExists", "A function with the same name already exists."),
    in_use=(
        "FunctionInUse",
        "Cannot delete function, it is in use by {by}",
    ),
    outputs=("arn", "etag", "liveStageEtag", "status"),
    made=lambda call, id_: {"arn": _arn(call, f"function/{id_}"), **_stages(call)},
    changed=_stages,
)

# Distributions


def _one_certificate(values: Values) -> Iterator[Failure]:
    """The provider's own errors about the viewer certificate and the ranges of connections."""
    given = values.get("viewerCertificate")
    if isinstance(given, dict) and not is_unknown(given):
        named = [k for k in ("cloudfrontDefaultCertificate", "acmCertificateArn") if given.get(k)]
        if len(named) != 1:
            yield "viewerCertificate", f"one certificate must be specified, got {named}"


def _refused(call: Call, said: str) -> CloudError:
    return call.error((_INVALID, said))


def _good_origins(call: Call) -> None:
    """A rule: origins have ids and names of their own, and the behaviour targets one of them."""
    origins = call.values["origins"]
    ids = [origin["originId"] for origin in origins]
    if len(set(ids)) != len(ids):
        raise _refused(call, "The parameter Origin Id is duplicated.")
    for origin in origins:
        if _is_address(origin["domainName"]):
            said = f"The parameter origin name cannot be an IP address: {origin['domainName']}"
            raise _refused(call, said)
        names = [header["name"].lower() for header in origin.get("customHeaders", [])]
        if len(set(names)) != len(names):
            raise _refused(call, "The parameter CustomHeaders contains a duplicate header name.")
        if "customOriginConfig" not in origin:
            raise _refused(call, "The parameter CustomOriginConfig is required.")
    if call.values["defaultCacheBehavior"]["targetOriginId"] not in ids:
        said = "One or more of your origins or origin groups do not exist."
        raise call.error(("NoSuchOrigin", said))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _good_behavior(call: Call) -> None:
    """A rule: methods are one of three sets, and the policies are managed ones."""
    behavior = call.values["defaultCacheBehavior"]
    allowed, cached = set(behavior["allowedMethods"]), set(behavior["cachedMethods"])
    if allowed not in _METHODS or cached not in _METHODS[:2] or not cached <= allowed:
        raise _refused(call, "The parameter AllowedMethods or CachedMethods is not allowed.")
    if "cachePolicyId" not in behavior:
        raise _refused(call, "The parameter ForwardedValues is required.")
    if behavior["cachePolicyId"] not in _CACHE_POLICIES:
        raise call.error(("NoSuchCachePolicy", "The specified cache policy does not exist."))
    if behavior.get("originRequestPolicyId") not in (None, *_ORIGIN_REQUEST_POLICIES):
        said = "The specified origin request policy does not exist."
        raise call.error(("NoSuchOriginRequestPolicy", said))
    events = [one["eventType"] for one in behavior.get("functionAssociations", [])]
    if len(set(events)) != len(events):
        said = "You cannot associate two functions with one event type"
        raise call.error(("InvalidFunctionAssociation", said))


def _good_certificate(call: Call) -> None:
    """A rule: a certificate of ACM is of the account, in us-east-1, issued, and for all aliases."""
    given, aliases = call.values["viewerCertificate"], call.values.get("aliases", [])
    found = call.found.get("viewerCertificate.acmCertificateArn", [])
    for one in found:
        issued = one.body["status"] == "ISSUED" or is_issued(call.store, one.body)
        if (one.tenant, one.place) != (call.tenant, "us-east-1") or not issued:
            raise call.error(_NO_CERTIFICATE)
    if found and "sslSupportMethod" not in given:
        raise _refused(call, "The parameter SSLSupportMethod is required.")
    if not all(any(covers(one.body, alias) for one in found) for alias in aliases):
        said = (
            "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach "
            "a trusted certificate that validates your authorization to use the domain name."
        )
        raise call.error(("InvalidViewerCertificate", said))
    type_ = call.world.cloud.types[call.token]
    for other in call.store.anywhere("aws", type_.token):
        if other.id != call.id and set(other.body.get("aliases", [])) & set(aliases):
            said = (
                "One or more of the CNAMEs you provided are already associated with a different "
                "resource."
            )
            raise call.error(("CNAMEAlreadyExists", said))


def _good_web_acl(call: Call) -> None:
    """A rule: the web ACL is of the account, for CloudFront."""
    for one in call.found.get("webAclId", []):
        if one.tenant != call.tenant or one.body["scope"] != "CLOUDFRONT":
            raise call.error(_NO_WEB_ACL)


def _published_functions(call: Call) -> None:
    """A rule: all functions are published."""
    for one in call.found.get("defaultCacheBehavior.functionAssociations.functionArn", []):
        if not one.body["liveStageEtag"]:
            raise call.error(_NO_FUNCTION, value=one.body["arn"])


def _distribution_id(call: Call) -> str:
    return _etag("distribution", call.store.serial("aws:distribution"))


def _distribution(call: Call, id_: str) -> Values:
    digits = hashlib.sha256(f"cloudfront:{id_}".encode()).hexdigest()[:13]
    return {
        "arn": _arn(call, f"distribution/{id_}"),
        "callerReference": f"sandbox-{id_}",
        "domainName": f"d{digits}.cloudfront.net",
        "etag": _etag(id_, 0),
        "hostedZoneId": CLOUDFRONT_ZONE,
        "inProgressValidationBatches": 0,
        "lastModifiedTime": "",
        "loggingV1Enabled": False,
        "status": "Deployed",
        "trustedKeyGroups": [],
        "trustedSigners": [],
    }


_ORIGIN: dict[str, Any] = {
    "originId": text(required=True),
    "domainName": text(required=True),
    "customOriginConfig": block(
        {
            "httpPort": whole(required=True, between=(1, 65535)),
            "httpsPort": whole(required=True, between=(1, 65535)),
            "originProtocolPolicy": text(
                required=True, choices=("http-only", "https-only", "match-viewer")
            ),
            "originSslProtocols": text_set(required=True),
            "originReadTimeout": whole(between=(1, 180)),
            "originKeepaliveTimeout": whole(between=(1, 180)),
        }
    ),
    "customHeaders": blocks({"name": text(required=True), "value": text(required=True)}),
    "connectionAttempts": whole(between=(1, 3)),
    "connectionTimeout": whole(between=(1, 10)),
    "originPath": text(),
}
_BEHAVIOR: dict[str, Any] = {
    "allowedMethods": text_set(required=True),
    "cachedMethods": text_set(required=True),
    "targetOriginId": text(required=True),
    "viewerProtocolPolicy": text(
        required=True, choices=("allow-all", "https-only", "redirect-to-https")
    ),
    "cachePolicyId": text(),
    "originRequestPolicyId": text(),
    "compress": flag(),
    "functionAssociations": blocks(
        {
            "eventType": text(required=True, choices=("viewer-request", "viewer-response")),
            "functionArn": ref(
                FUNCTION,
                required=True,
                find=lambda call, value: value.rsplit("/", 1)[-1],
                missing=_NO_FUNCTION,
            ),
        },
        unordered=True,
    ),
}

DISTRIBUTION = aws(
    "aws:cloudfront/distribution:Distribution",
    {
        "enabled": flag(required=True),
        "origins": blocks(_ORIGIN, required=True, unordered=True),
        "defaultCacheBehavior": block(_BEHAVIOR, required=True),
        "restrictions": block(
            {
                "geoRestriction": block(
                    {
                        "restrictionType": text(
                            required=True, choices=("none", "whitelist", "blacklist")
                        ),
                        "locations": text_set(),
                    },
                    required=True,
                )
            },
            required=True,
        ),
        "viewerCertificate": block(
            {
                "acmCertificateArn": ref(CERTIFICATE, elsewhere=True, missing=_NO_CERTIFICATE),
                "cloudfrontDefaultCertificate": flag(),
                "minimumProtocolVersion": text(),
                "sslSupportMethod": text(choices=("sni-only", "vip", "static-ip")),
            },
            required=True,
        ),
        "aliases": text_set(),
        "comment": text(),
        "httpVersion": text(default="http2", choices=("http1.1", "http2", "http2and3", "http3")),
        "isIpv6Enabled": flag(default=False),
        "priceClass": text(
            default="PriceClass_All",
            choices=("PriceClass_100", "PriceClass_200", "PriceClass_All"),
        ),
        "waitForDeployment": flag(default=True),
        "webAclId": ref(WEB_ACL, elsewhere=True, find=id_in_arn, missing=_NO_WEB_ACL),
    },
    id=_distribution_id,
    action="CloudFront: CreateDistribution",
    updates="CloudFront: UpdateDistribution",
    regional=False,
    missing=("NoSuchDistribution", "The specified distribution does not exist.", 404),
    checks=(_one_certificate,),
    rules=(_good_origins, _good_behavior, _good_certificate, _good_web_acl, _published_functions),
    outputs=(
        "arn",
        "callerReference",
        "domainName",
        "etag",
        "hostedZoneId",
        "inProgressValidationBatches",
        "lastModifiedTime",
        "loggingV1Enabled",
        "status",
        "trustedKeyGroups",
        "trustedSigners",
    ),
    made=_distribution,
)
