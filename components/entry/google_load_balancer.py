"""A global external Application Load Balancer of Google in front of all regions.

Each region is a backend service over an internet endpoint group with the name of its gateway. The
shares of the regions are in the URL map, so a weight and a drain are updates in place.

Google checks no health of internet endpoint groups: a region that fails keeps its share until it
is drained. The load balancer passes the client's ``Host`` on and asks the gateway for the
certificate of the gateway's own name, which the gateway has.

Source: "Internet network endpoint groups", "Global external Application Load Balancer", "DNS
authorizations" and "Cloud Armor preconfigured WAF rules" of Google Cloud.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.domains.base import Record
from components.entry.base import (
    ORIGIN_HEADER,
    Edge,
    EdgeArgs,
    EntryOrigin,
    EntryTarget,
    require_share,
)

_SCHEME: Final = "EXTERNAL_MANAGED"
_PORT: Final = 443
_TIMEOUT: Final = 60
"""Seconds for a whole answer: as long as Kong by default waits for an upstream."""
_MAPS: Final = "//certificatemanager.googleapis.com/"
_DEFAULT_PRIORITY: Final = 2147483647
_RULE_SETS: Final = (
    "sqli-v33-stable",
    "xss-v33-stable",
    "lfi-v33-stable",
    "rfi-v33-stable",
    "rce-v33-stable",
    "scannerdetection-v33-stable",
    "protocolattack-v33-stable",
    "sessionfixation-v33-stable",
)
"""Google's preconfigured rules, which are those of the OWASP Core Rule Set 3.3."""
_SENSITIVITY: Final = 1
"""1 to 4; 1 has the fewest false alarms."""


class GoogleLoadBalancer(Edge):
    """The load balancer, its certificates, and Cloud Armor in front of each region.

    Google issues a certificate when it finds a CNAME record that proves the name. The record is
    written to the zone of the name; where that is not ours, it is in ``records``.
    """

    target: EntryTarget
    """The load balancer's address."""

    def __init__(
        self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("GoogleLoadBalancer", name, args, opts)
        require_share(name, args.origins)
        self._args = args
        self._policy = self._armor() if args.waf else None
        url_map = self._shares({one.key: self._backend(one) for one in args.origins})
        address = self._front(url_map, self._certificates())
        self.target = EntryTarget(addresses=address.address.apply(lambda known: [known]))
        self.register_outputs({"address": address.address})

    def _armor(self) -> gcp.compute.SecurityPolicy:
        """Cloud Armor: it refuses what Google's rules find, and lets everybody else in."""
        return gcp.compute.SecurityPolicy(
            f"{self.name}-waf",
            description="Google's preconfigured rules in front of the gateways",
            type="CLOUD_ARMOR",
            labels=dict(self._args.tags),
            rules=[*_waf_rules(), _everything_else()],
            opts=self.child(),
        )

    def _backend(self, origin: EntryOrigin) -> gcp.compute.BackendService:
        """The backend service of a region, which leads to the gateway's own name."""
        group = gcp.compute.GlobalNetworkEndpointGroup(
            f"{self.name}-{origin.key}",
            network_endpoint_type="INTERNET_FQDN_PORT",
            default_port=_PORT,
            opts=self.child(),
        )
        endpoint = gcp.compute.GlobalNetworkEndpoint(
            f"{self.name}-{origin.key}-endpoint",
            global_network_endpoint_group=group.name,
            fqdn=origin.hostname,
            port=_PORT,
            # A group has one endpoint. A gateway gets another name only when it is made again.
            opts=pulumi.ResourceOptions.merge(
                self.child(), pulumi.ResourceOptions(delete_before_replace=True)
            ),
        )
        return gcp.compute.BackendService(
            f"{self.name}-{origin.key}",
            load_balancing_scheme=_SCHEME,
            protocol="HTTPS",
            timeout_sec=_TIMEOUT,
            backends=[{"group": group.id}],
            custom_request_headers=self._headers(),
            security_policy=None if self._policy is None else self._policy.id,
            log_config={"enable": True, "sample_rate": 1},
            opts=self.child([endpoint]),
        )

    def _headers(self) -> Sequence[pulumi.Output[str]] | None:
        """The header by which a gateway knows this edge; None without a secret."""
        secret = self._args.origin_secret
        if secret is None:
            return None
        return [pulumi.Output.secret(pulumi.Output.concat(f"{ORIGIN_HEADER}: ", secret))]

    def _shares(self, backends: Mapping[str, gcp.compute.BackendService]) -> gcp.compute.URLMap:
        return gcp.compute.URLMap(
            self.name,
            default_route_action={
                "weighted_backend_services": [
                    {"backend_service": backends[origin.key].id, "weight": origin.share}
                    for origin in self._args.origins
                ]
            },
            opts=self.child(),
        )

    def _certificates(self) -> gcp.certificatemanager.CertificateMap:
        """A certificate for each name, in the map that the load balancer uses."""
        found = gcp.certificatemanager.CertificateMap(
            self.name,
            labels=dict(self._args.tags),
            opts=self.child(),
        )
        by_hand: list[Record] = []
        for fqdn in self._args.fqdns:
            name = f"{self.name}-{fqdn.replace('.', '-')}"
            # With a record of the project, ``_acme-challenge`` stays free for Kong's certificate
            # of the same name.
            authorization = gcp.certificatemanager.DnsAuthorization(
                name,
                domain=fqdn,
                type="PER_PROJECT_RECORD",
                labels=dict(self._args.tags),
                opts=self.child(),
            )
            proof, zone = _proof(fqdn, authorization), self._args.zones.get(fqdn)
            if zone is None:
                by_hand.append(proof)
            written = [] if zone is None else [zone.write(f"{name}-proof", proof, self)]
            certificate = gcp.certificatemanager.Certificate(
                name,
                managed={"domains": [fqdn], "dns_authorizations": [authorization.id]},
                labels=dict(self._args.tags),
                opts=self.child(written),
            )
            gcp.certificatemanager.CertificateMapEntry(
                name,
                map=found.name,
                hostname=fqdn,
                certificates=[certificate.id],
                labels=dict(self._args.tags),
                opts=self.child(),
            )
        self.records = by_hand
        return found

    def _front(
        self,
        url_map: gcp.compute.URLMap,
        certificates: gcp.certificatemanager.CertificateMap,
    ) -> gcp.compute.GlobalAddress:
        """The address and port 443 on which clients connect."""
        address = gcp.compute.GlobalAddress(
            self.name,
            labels=dict(self._args.tags),
            opts=self.child(protect=self._args.protect or None),
        )
        proxy = gcp.compute.TargetHttpsProxy(
            self.name,
            url_map=url_map.id,
            certificate_map=pulumi.Output.concat(_MAPS, certificates.id),
            opts=self.child(),
        )
        gcp.compute.GlobalForwardingRule(
            self.name,
            target=proxy.id,
            ip_address=address.address,
            port_range=str(_PORT),
            load_balancing_scheme=_SCHEME,
            labels=dict(self._args.tags),
            opts=self.child(),
        )
        return address


def _proof(fqdn: str, authorization: gcp.certificatemanager.DnsAuthorization) -> Record:
    """The record by which Google knows that a name is ours."""
    records = authorization.dns_resource_records
    return Record(
        records.apply(lambda known: str(known[0].name).rstrip(".")),
        "CNAME",
        records.apply(lambda known: [str(known[0].data).rstrip(".")]),
        proves=fqdn,
    )


def _waf_rules() -> Iterator[gcp.compute.SecurityPolicyRuleArgs]:
    """A rule for each set of Google's rules: it refuses a request in which they find an attack."""
    for index, rules in enumerate(_RULE_SETS):
        found = f"evaluatePreconfiguredWaf('{rules}', {{'sensitivity': {_SENSITIVITY}}})"
        yield gcp.compute.SecurityPolicyRuleArgs(
            action="deny(403)",
            priority=1000 + 10 * index,
            description=rules,
            match=gcp.compute.SecurityPolicyRuleMatchArgs(
                expr=gcp.compute.SecurityPolicyRuleMatchExprArgs(expression=found)
            ),
        )


def _everything_else() -> gcp.compute.SecurityPolicyRuleArgs:
    """The default rule, which every policy must have."""
    return gcp.compute.SecurityPolicyRuleArgs(
        action="allow",
        priority=_DEFAULT_PRIORITY,
        description="everything else",
        match=gcp.compute.SecurityPolicyRuleMatchArgs(
            versioned_expr="SRC_IPS_V1",
            config=gcp.compute.SecurityPolicyRuleMatchConfigArgs(src_ip_ranges=["*"]),
        ),
    )
