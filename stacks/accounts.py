"""Makes the cloud providers of regions, zones and entries that name an account of their own.

A provider's name contains the account's id and not the name that the settings give it. So
an account can get another name, and a region that moves to another account shows as a replacement.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    providers = dict(_providers(name, settings, opts))

    def of(key: str | None, region: str) -> list[pulumi.ProviderResource]:
        """The provider of an account by its key; none for the ambient credentials."""
        return (
            [] if key is None else [providers[provider_name(name, settings.accounts[key], region)]]
        )

    regions = [
        replace(to, providers=of(one.account, one.region))
        for to, one in zip(args.regions, settings.regions, strict=True)
    ]
    clients = args.clients
    if clients is not None:
        zones = {
            dns: replace(zone, providers=of(settings.zones[dns].account, GLOBAL_REGION))
            for dns, zone in clients.zones.items()
        }
        entry = clients.entry
        if entry is not None:
            entry = replace(entry, providers=of(_entry_account(settings), GLOBAL_REGION))
        clients = replace(clients, zones=zones, entry=entry)
    return replace(args, regions=regions, clients=clients)


def _entry_account(settings: Settings) -> str | None:
    """The key of the account in which the edge is, or what steers names outside a zone."""
    entry = settings.entry
    if entry is None:
        return None
    return entry.edge.account if entry.edge else entry.account


def provider_name(name: str, account: Account, region: str) -> str:
    """The name of the provider for an account.

    In AWS there is one for each region: a provider has a region too, and must keep it.
    """
    suffix = f"-{region}" if account.cloud is Cloud.AWS else ""
    return f"{name}-{account.cloud}-{account.id}{suffix}"


def _places(settings: Settings) -> Iterator[tuple[str | None, str]]:
    """(key of an account or None, region) of everything that may name an account."""
    for region in settings.regions:
        yield region.account, region.region
    for zone in settings.zones.values():
        yield zone.account, GLOBAL_REGION
    yield _entry_account(settings), GLOBAL_REGION


def _providers(
    name: str, settings: Settings, opts: pulumi.ResourceOptions | None
) -> Iterator[tuple[str, pulumi.ProviderResource]]:
    made: set[str] = set()
    for key, region in _places(settings):
        if key is None:
            continue
        account = settings.accounts[key]
        own = provider_name(name, account, region)
        if own not in made:
            made.add(own)
            yield own, _provider(own, account, region, opts)


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
