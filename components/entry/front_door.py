"""Azure Front Door in front of all regions, with a web application firewall.

Each region is an origin. Front Door passes the client's ``Host`` on, and checks the certificate of
the gateway's own name. It leads a client to the nearest origin that answers the health check. When
the regions have different weights it ignores the distance and shares clients by weight.

An origin has no weight 0, so a region without clients is a disabled origin: an update in place.
Gateways know this edge by the origin secret, which a rule adds to every request. Front Door also
sends its own id in ``X-Azure-FDID``; it is the output ``front_door_id``.

Source: Microsoft, "Traffic routing methods to origin", "Domains in Azure Front Door", "Secure
traffic to origins".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_azure_native import cdn, frontdoor

from components.domains.base import Record
from components.entry.azure_group import resource_group
from components.entry.base import (
    ORIGIN_HEADER,
    Edge,
    EdgeArgs,
    EntryOrigin,
    EntryTarget,
    require_share,
)

_WITH_FIREWALL: Final = "Premium_AzureFrontDoor"
"""The SKU with managed firewall rules."""
_PLAIN: Final = "Standard_AzureFrontDoor"
_ANY_DISTANCE: Final = 1000
"""Milliseconds. Origins whose latency is within this of the best share clients by weight."""
_TIMEOUT: Final = 60
"""Seconds for an answer: as long as Kong by default waits for an upstream."""
_RULE_SETS: Final = [
    frontdoor.ManagedRuleSetArgs(
        rule_set_type="Microsoft_DefaultRuleSet", rule_set_version="2.1", rule_set_action="Block"
    ),
    frontdoor.ManagedRuleSetArgs(
        rule_set_type="Microsoft_BotManagerRuleSet", rule_set_version="1.1"
    ),
]


class FrontDoorEdge(Edge):
    """A profile with an endpoint, the origins, the domains of the names, and a firewall.

    A domain serves clients when Front Door has found a TXT record with its token and has issued a
    certificate. The record is written to the zone of the name; where that is not ours, it is in
    ``records``. Raises ValueError when every region is drained or has the weight 0.
    """

    target: EntryTarget
    """The endpoint's own name."""
    front_door_id: pulumi.Output[str]
    """The value of the header ``X-Azure-FDID`` of each request to a gateway."""

    def __init__(
        self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("FrontDoorEdge", name, args, opts)
        require_share(name, args.origins)
        self._args = args
        self._group: pulumi.Input[str] = (
            args.resource_group or resource_group(self, args.origins, args.tags).name
        )
        self._profile = cdn.Profile(
            self.name,
            resource_group_name=self._group,
            profile_name=self.name,
            location="Global",
            sku={"name": _WITH_FIREWALL if args.waf else _PLAIN},
            origin_response_timeout_seconds=_TIMEOUT,
            tags=args.tags,
            opts=self.child(protect=args.protect or None),
        )
        endpoint = cdn.AFDEndpoint(
            f"{self.name}-endpoint",
            resource_group_name=self._group,
            profile_name=self._profile.name,
            endpoint_name=self.name[:46].strip("-"),
            location="Global",
            enabled_state="Enabled",
            tags=args.tags,
            opts=self.child(),
        )
        domains = self._domains()
        secured = self._firewall(endpoint, domains) if args.waf else []
        self._route(endpoint, domains, secured)
        self.target = EntryTarget(name=endpoint.host_name)
        self.front_door_id = self._profile.front_door_id
        self.register_outputs(
            {"host_name": endpoint.host_name, "front_door_id": self.front_door_id}
        )

    def _domains(self) -> list[cdn.AFDCustomDomain]:
        """The domain of each name, with the record that proves it."""
        domains, by_hand = [], []
        for fqdn in self._args.fqdns:
            domain = cdn.AFDCustomDomain(
                f"{self.name}-{fqdn}",
                resource_group_name=self._group,
                profile_name=self._profile.name,
                custom_domain_name=fqdn.replace(".", "-").replace("_", "-"),
                host_name=fqdn,
                tls_settings={
                    "certificate_type": cdn.AfdCertificateType.MANAGED_CERTIFICATE,
                    "minimum_tls_version": cdn.AfdMinimumTlsVersion.TLS12,
                },
                opts=self.child(),
            )
            token = domain.validation_properties.apply(lambda known: known.validation_token)
            proof = Record(f"_dnsauth.{fqdn}", "TXT", token.apply(lambda known: [known]))
            zone = self._args.zones.get(fqdn)
            if zone is None:
                by_hand.append(proof)
            else:
                zone.write(f"{self.name}-{fqdn}-proof", proof, self)
            domains.append(domain)
        self.records = by_hand
        return domains

    def _origins(self) -> tuple[cdn.AFDOriginGroup, list[pulumi.Resource]]:
        """The group of the gateways, and an origin for each."""
        args = self._args
        shares = {origin.share for origin in args.origins if origin.share}
        group = cdn.AFDOriginGroup(
            f"{self.name}-gateways",
            resource_group_name=self._group,
            profile_name=self._profile.name,
            origin_group_name="gateways",
            load_balancing_settings={
                "sample_size": args.probe.failures,
                "successful_samples_required": 1,
                "additional_latency_in_milliseconds": _ANY_DISTANCE if len(shares) > 1 else 0,
            },
            health_probe_settings={
                "probe_path": args.probe.path,
                "probe_protocol": cdn.ProbeProtocol.HTTPS,
                "probe_request_type": cdn.HealthProbeRequestType.GET,
                "probe_interval_in_seconds": args.probe.interval,
            },
            session_affinity_state="Disabled",
            opts=self.child(),
        )
        # An update first enables origins, then disables others: Front Door refuses a group in
        # which none is enabled.
        open_ = [self._origin(origin, group, []) for origin in args.origins if origin.share]
        closed = [self._origin(one, group, open_) for one in args.origins if not one.share]
        return group, [*open_, *closed]

    def _origin(
        self,
        origin: EntryOrigin,
        group: cdn.AFDOriginGroup,
        after: Sequence[pulumi.Resource],
    ) -> pulumi.Resource:
        return cdn.AFDOrigin(
            f"{self.name}-{origin.key}",
            resource_group_name=self._group,
            profile_name=self._profile.name,
            origin_group_name=group.name,
            origin_name=origin.key,
            host_name=origin.hostname,
            http_port=80,
            https_port=443,
            priority=1,
            weight=max(origin.weight, 1) * 10,
            enabled_state="Enabled" if origin.share else "Disabled",
            enforce_certificate_name_check=True,
            opts=self.child(after),
        )

    def _rules(self) -> tuple[list[cdn.RuleSet], list[pulumi.Resource]]:
        """The rule that adds the origin secret to each request; none without a secret.

        Returns its rule set, which a route names, and the rule.
        """
        if self._args.origin_secret is None:
            return [], []
        rules = cdn.RuleSet(
            f"{self.name}-rules",
            resource_group_name=self._group,
            profile_name=self._profile.name,
            rule_set_name="origin",
            opts=self.child(),
        )
        parameters = cdn.HeaderActionParametersArgs(
            type_name="DeliveryRuleHeaderActionParameters",
            header_action=cdn.HeaderAction.OVERWRITE,
            header_name=ORIGIN_HEADER,
            value=pulumi.Output.secret(self._args.origin_secret),
        )
        rule = cdn.Rule(
            f"{self.name}-secret",
            resource_group_name=self._group,
            profile_name=self._profile.name,
            rule_set_name=rules.name,
            rule_name="secret",
            order=0,
            actions=[
                cdn.DeliveryRuleRequestHeaderActionArgs(
                    name="ModifyRequestHeader", parameters=parameters
                )
            ],
            opts=self.child(),
        )
        return [rules], [rule]

    def _firewall(
        self, endpoint: cdn.AFDEndpoint, domains: Sequence[cdn.AFDCustomDomain]
    ) -> list[pulumi.Resource]:
        """Microsoft's managed rules, for the endpoint and all domains."""
        policy = frontdoor.Policy(
            f"{self.name}-waf",
            resource_group_name=self._group,
            policy_name=re.sub(r"[^A-Za-z0-9]", "", f"waf{self.name}"),
            location="Global",
            sku={"name": _WITH_FIREWALL},  # The default is that of the classic Front Door.
            policy_settings={
                "enabled_state": frontdoor.PolicyEnabledState.ENABLED,
                "mode": frontdoor.PolicyMode.PREVENTION,
            },
            managed_rules=frontdoor.ManagedRuleSetListArgs(managed_rule_sets=_RULE_SETS),
            tags=self._args.tags,
            opts=self.child(),
        )
        secured = cdn.SecurityPolicy(
            f"{self.name}-security",
            resource_group_name=self._group,
            profile_name=self._profile.name,
            security_policy_name="waf",
            parameters={
                "type": "WebApplicationFirewall",
                "waf_policy": {"id": policy.id},
                "associations": [
                    {
                        "domains": [{"id": one.id} for one in (endpoint, *domains)],
                        "patterns_to_match": ["/*"],
                    }
                ],
            },
            opts=self.child(),
        )
        return [secured]

    def _route(
        self,
        endpoint: cdn.AFDEndpoint,
        domains: Sequence[cdn.AFDCustomDomain],
        secured: Sequence[pulumi.Resource],
    ) -> None:
        """Lead all requests of the names to the gateways, without a cache.

        Azure refuses a route without origins. The firewall and the rule with the secret are there
        before the route.
        """
        group, origins = self._origins()
        rule_sets, rules = self._rules()
        cdn.Route(
            f"{self.name}-route",
            resource_group_name=self._group,
            profile_name=self._profile.name,
            endpoint_name=endpoint.name,
            route_name="all",
            origin_group={"id": group.id},
            custom_domains=[{"id": domain.id} for domain in domains],
            rule_sets=[{"id": one.id} for one in rule_sets],
            patterns_to_match=["/*"],
            supported_protocols=[cdn.AFDEndpointProtocols.HTTP, cdn.AFDEndpointProtocols.HTTPS],
            https_redirect=cdn.HttpsRedirect.ENABLED,
            forwarding_protocol=cdn.ForwardingProtocol.HTTPS_ONLY,
            link_to_default_domain=cdn.LinkToDefaultDomain.DISABLED,
            enabled_state="Enabled",
            opts=self.child([*origins, *rules, *secured]),
        )
