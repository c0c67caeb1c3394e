"""Creates or looks up a public DNS zone, in the service that it is in."""

from __future__ import annotations

import pulumi

from components.domains.base import DnsService, DnsZone, ZoneArgs


def dns_zone(name: str, args: ZoneArgs, parent: pulumi.Resource) -> DnsZone:
    """The component of a zone. The SDK of its cloud is loaded here: others are not needed."""
    opts = pulumi.ResourceOptions(parent=parent, providers=list(args.providers))
    match args.service:
        case DnsService.ROUTE53:
            from components.domains.route53 import Route53Zone

            return Route53Zone(name, args, opts)
        case DnsService.AZURE_DNS:
            from components.domains.azure_dns import AzureDnsZone

            return AzureDnsZone(name, args, opts)
        case DnsService.CLOUD_DNS:
            from components.domains.cloud_dns import CloudDnsZone

            return CloudDnsZone(name, args, opts)
