"""Makes the cloud providers of regions, zones and entries that name an account of their own.

A provider's name contains the account's id and not the name that the settings give it. So
an account can get another name, and a region that moves to another account shows as a replacement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pulumi

from components.gateway import MultiCloudGatewayArgs
from components.regions import Cloud
from stacks.models import Account, Settings

GLOBAL_REGION: Final = "us-east-1"
"""AWS: the region of a provider for services without regions, such as Route 53 and CloudFront."""


def with_accounts(
    name: str,
    args: MultiCloudGatewayArgs,
    settings: Settings,
    opts: pulumi.ResourceOptions | None = None,
) -> MultiCloudGatewayArgs:
    """The gateway's arguments, in which all have the provider of the account that they name.

    ``name`` is the gateway's name: the prefix of the providers' names. A region, zone or entry that
    names no account has none, and uses the ambient credentials.
    """
    providers = _Providers(name, settings, opts)
    regions = [
        replace(to, providers=providers.in_region(one.account, one.region))
        for to, one in zip(args.regions, settings.regions, strict=True)
    ]
    clients = args.clients
    if clients is not None:
        zones = {
            dns: replace(
                zone,
                providers=providers.everywhere(settings.zones[dns].account, zone.service.cloud),
            )
            for dns, zone in clients.zones.items()
        }
        entry = clients.entry
        if entry is not None and settings.entry is not None:
            edge = settings.entry.edge
            account = edge.account if edge else settings.entry.account
            cloud = edge.service.cloud if edge else Cloud.AZURE  # Traffic Manager
            entry = replace(entry, providers=providers.everywhere(account, cloud))
        clients = replace(clients, zones=zones, entry=entry)
    return replace(args, regions=regions, clients=clients)


class _Providers:
    """The cloud providers of a gateway. Each is created once, when something first needs it."""

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None) -> None:
        self._name = name
        self._accounts = settings.accounts
        self._opts = opts
        self._made: dict[str, pulumi.ProviderResource] = {}

    def in_region(self, account: str | None, region: str) -> list[pulumi.ProviderResource]:
        """The provider of an account by its key; none for the ambient credentials."""
        if account is None:
            return []
        of = self._accounts[account]
        own = provider_name(self._name, of, region)
        return [self._once(own, lambda: _provider(own, of, region, self._opts))]

    def everywhere(self, account: str | None, cloud: Cloud) -> list[pulumi.ProviderResource]:
        """The provider for services that have no regions.

        In AWS it has a region of its own: the provider asks for one, whatever its resources are.
        """
        if account is None and cloud is Cloud.AWS:
            own = f"{self._name}-aws-global"
            return [self._once(own, lambda: _ambient_aws(own, self._opts))]
        return self.in_region(account, GLOBAL_REGION)

    def _once(
        self, name: str, create: Callable[[], pulumi.ProviderResource]
    ) -> pulumi.ProviderResource:
        if name not in self._made:
            self._made[name] = create()
        return self._made[name]


def provider_name(name: str, account: Account, region: str) -> str:
    """The name of the provider for an account.

    In AWS there is one for each region: a provider has a region too, and must keep it.
    """
    suffix = f"-{region}" if account.cloud is Cloud.AWS else ""
    return f"{name}-{account.cloud}-{account.id}{suffix}"


def _ambient_aws(name: str, opts: pulumi.ResourceOptions | None) -> pulumi.ProviderResource:
    import pulumi_aws as aws

    return aws.Provider(name, region=GLOBAL_REGION, opts=opts)


def _provider(
    name: str, account: Account, region: str, opts: pulumi.ResourceOptions | None
) -> pulumi.ProviderResource:
    """Create a provider. The SDK of its cloud is loaded here: other clouds are not needed."""
    match account.cloud:
        case Cloud.AWS:
            import pulumi_aws as aws

            role = aws.ProviderAssumeRoleArgs(
                role_arn=account.role_arn,
                external_id=account.external_id,
                session_name="multicloud-gateway",
            )
            return aws.Provider(name, region=region, assume_roles=[role], opts=opts)
        case Cloud.AZURE:
            import pulumi_azure_native as azure

            return azure.Provider(name, subscription_id=account.id, opts=opts)
        case Cloud.GCP:
            import pulumi_gcp as gcp

            return gcp.Provider(name, project=account.id, opts=opts)
