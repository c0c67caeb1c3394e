"""CloudFront in front of all regions, with a web application firewall.

Each region is an origin, under the gateway's own name. CloudFront itself has one origin for a path,
and its origin groups take no POST, PUT, PATCH or DELETE. So a CloudFront Function chooses the
origin of each request by the regions' weights, for all methods. For GET, HEAD and OPTIONS it also
names the region to try next, when the first does not answer or answers 502, 503 or 504. Other
methods are not sent again: CloudFront fails over only for those three. CloudFront has no health
checks, and does not choose by distance. What an API answers is never cached.

The client's ``Host`` goes on to the gateway. CloudFront checks that the gateway's certificate is
for the origin's name or for that ``Host``.

Source: Amazon CloudFront Developer Guide, "Helper methods for origin modification", "Optimize high
availability with CloudFront origin failover", "Use managed cache policies", "Requirements for
using HTTPS with CloudFront"; AWS WAF Developer Guide, "AWS Managed Rules rule groups list".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws
from pulumi_aws import wafv2

from components.domains.base import Record
from components.entry.base import (
    ORIGIN_HEADER,
    Edge,
    EdgeArgs,
    EntryOrigin,
    EntryTarget,
    require_share,
)

_REGION: Final = "us-east-1"
"""Certificates and web ACLs of CloudFront are in this region."""
_CACHING_DISABLED: Final = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_ALL_VIEWER: Final = "216adef6-5c7f-47e4-b989-5492eafa07d3"
"""The managed policy that sends every header, cookie and query string on, ``Host`` too."""
_METHODS: Final = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
_READ_TIMEOUT: Final = 60
"""Seconds for an answer: as long as Kong by default waits for an upstream."""
_RULE_GROUPS: Final = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesCommonRuleSet",
)
_FAILED: Final = (502, 503, 504)
"""The answers after which a request that only reads goes to another region."""


class CloudFrontEdge(Edge):
    """A distribution with its certificate, its firewall and the function that chooses an origin.

    A name serves clients when its certificate is issued, for which ACM looks for a CNAME record.
    The record is written to the zone of the name; where that is not ours, it is in ``records``,
    and the update waits for it for up to 75 minutes. Raises ValueError when every region is drained
    or has the weight 0.
    """

    target: EntryTarget
    """The distribution's own name, which a Route 53 alias may target."""

    def __init__(
        self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("CloudFrontEdge", name, args, opts)
        require_share(name, args.origins)
        self._args = args
        certificate_arn = self._certificate()
        distribution = aws.cloudfront.Distribution(
            f"{name}-distribution",
            enabled=True,
            comment=name,
            aliases=list(args.fqdns),
            http_version="http2and3",
            price_class="PriceClass_All",
            web_acl_id=self._firewall() if args.waf else None,
            origins=[self._origin(origin) for origin in args.origins],
            default_cache_behavior=aws.cloudfront.DistributionDefaultCacheBehaviorArgs(
                target_origin_id=args.origins[0].key,
                viewer_protocol_policy="redirect-to-https",
                allowed_methods=_METHODS,
                cached_methods=["GET", "HEAD"],
                cache_policy_id=_CACHING_DISABLED,
                origin_request_policy_id=_ALL_VIEWER,
                function_associations=self._functions(),
            ),
            restrictions={"geo_restriction": {"restriction_type": "none"}},
            viewer_certificate={
                "acm_certificate_arn": certificate_arn,
                "ssl_support_method": "sni-only",
                "minimum_protocol_version": "TLSv1.2_2021",
            },
            tags=args.tags,
            opts=self.child(protect=args.protect or None),
        )
        self.target = EntryTarget(
            name=distribution.domain_name, alias_zone_id=distribution.hosted_zone_id
        )
        self.register_outputs({"domain_name": distribution.domain_name})

    def _certificate(self) -> pulumi.Output[str]:
        """The ARN of a certificate for all names, once it is issued."""
        first, *others = self._args.fqdns
        certificate = aws.acm.Certificate(
            f"{self.name}-certificate",
            region=_REGION,
            domain_name=first,
            subject_alternative_names=others or None,
            validation_method="DNS",
            tags=self._args.tags,
            opts=self.child(),
        )
        written: list[pulumi.Resource] = []
        names, by_hand = [], []
        for fqdn in self._args.fqdns:
            record = _proof(certificate, fqdn)
            names.append(record.name)
            zone = self._args.zones.get(fqdn)
            if zone is None:
                by_hand.append(record)
                pulumi.Output.all(record.name, record.values).apply(self._ask)
            else:
                written.append(zone.write(f"{self.name}-{fqdn}-proof", record, self))
        self.records = by_hand
        validation = aws.acm.CertificateValidation(
            f"{self.name}-issued",
            region=_REGION,
            certificate_arn=certificate.arn,
            validation_record_fqdns=names,
            opts=self.child(written),
        )
        return validation.certificate_arn.apply(str)

    def _ask(self, known: list[Any]) -> None:
        """Show the record that has to be written by hand, while the update waits for it."""
        name, (value,) = known
        pulumi.log.info(f"write the record {name} CNAME {value}: ACM waits for it", self)

    def _origin(self, origin: EntryOrigin) -> aws.cloudfront.DistributionOriginArgs:
        secret = self._args.origin_secret
        headers = None
        if secret is not None:
            headers = [
                aws.cloudfront.DistributionOriginCustomHeaderArgs(
                    name=ORIGIN_HEADER, value=pulumi.Output.secret(secret)
                )
            ]
        return aws.cloudfront.DistributionOriginArgs(
            origin_id=origin.key,
            domain_name=origin.hostname,
            custom_headers=headers,
            connection_attempts=2,
            connection_timeout=4,
            custom_origin_config=aws.cloudfront.DistributionOriginCustomOriginConfigArgs(
                http_port=80,
                https_port=443,
                origin_protocol_policy="https-only",
                origin_ssl_protocols=["TLSv1.2"],
                origin_read_timeout=_READ_TIMEOUT,
            ),
        )

    def _functions(
        self,
    ) -> list[aws.cloudfront.DistributionDefaultCacheBehaviorFunctionAssociationArgs]:
        """The function that chooses an origin; none for a single region.

        Weights and drains are in its code, so they change the function and not the distribution.
        """
        if len(self._args.origins) < 2:
            return []
        function = aws.cloudfront.Function(
            f"{self.name}-choose",
            runtime="cloudfront-js-2.0",
            comment="Chooses the region of each request",
            code=choosing_code({one.key: one.share for one in self._args.origins}),
            publish=True,
            tags=self._args.tags,
            opts=self.child(),
        )
        return [
            aws.cloudfront.DistributionDefaultCacheBehaviorFunctionAssociationArgs(
                event_type="viewer-request", function_arn=function.arn
            )
        ]

    def _firewall(self) -> pulumi.Output[str]:
        """The ARN of a web ACL with rule groups that AWS manages."""
        web_acl = wafv2.WebAcl(
            f"{self.name}-waf",
            region=_REGION,
            scope="CLOUDFRONT",
            default_action=wafv2.WebAclDefaultActionArgs(
                allow=wafv2.WebAclDefaultActionAllowArgs()
            ),
            visibility_config=wafv2.WebAclVisibilityConfigArgs(
                cloudwatch_metrics_enabled=True,
                metric_name=f"{self.name}-waf",
                sampled_requests_enabled=True,
            ),
            rules=[self._rule(priority, group) for priority, group in enumerate(_RULE_GROUPS)],
            tags=self._args.tags,
            opts=self.child(),
        )
        return web_acl.arn.apply(str)

    def _rule(self, priority: int, group: str) -> wafv2.WebAclRuleArgsDict:
        """A rule that applies a rule group with its own actions."""
        return {
            "name": group,
            "priority": priority,
            "override_action": {"none": {}},
            "statement": {"managed_rule_group_statement": {"vendor_name": "AWS", "name": group}},
            "visibility_config": {
                "cloudwatch_metrics_enabled": True,
                "metric_name": f"{self.name}-{group}",
                "sampled_requests_enabled": True,
            },
        }


def _proof(certificate: aws.acm.Certificate, fqdn: str) -> Record:
    """The CNAME record that proves a name to ACM."""

    def asked(options: Sequence[Any]) -> tuple[str, str]:
        found = next(one for one in options if one.domain_name == fqdn)
        return found.resource_record_name.rstrip("."), found.resource_record_value.rstrip(".")

    pair = certificate.domain_validation_options.apply(asked)
    name, value = pair.apply(lambda known: known[0]), pair.apply(lambda known: known[1])
    return Record(name, "CNAME", value.apply(lambda known: [known]), proves=fqdn)


def choosing_code(shares: Mapping[str, int]) -> str:
    """The JavaScript of a CloudFront Function that chooses an origin by its share of the requests.

    ``shares`` are by the id of the origin; one with 0 gets no request. At least one has more.
    """
    open_ = [[key, share] for key, share in shares.items() if share]
    return f"""import cf from 'cloudfront';

const SHARES = {json.dumps(open_)};
const TOTAL = {sum(share for share in shares.values())};
const READS = ['GET', 'HEAD', 'OPTIONS'];

function handler(event) {{
  let rest = Math.random() * TOTAL;
  let at = 0;
  while (at < SHARES.length - 1 && rest >= SHARES[at][1]) {{
    rest -= SHARES[at][1];
    at += 1;
  }}
  const chosen = SHARES[at][0];
  if (SHARES.length > 1 && READS.includes(event.request.method)) {{
    const next = SHARES[(at + 1) % SHARES.length][0];
    cf.createRequestOriginGroup({{
      originIds: [chosen, next],
      failoverCriteria: {{ statusCodes: {json.dumps(_FAILED)} }},
    }});
  }} else {{
    cf.selectRequestOriginById(chosen);
  }}
  return event.request;
}}
"""
