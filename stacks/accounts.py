"""Makes the cloud providers of regions that name an account of their own.

A provider's name contains the account's id and not the name that the settings give it. So
an account can get another name, and a region that moves to another account shows as a replacement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pulumi

from components.gateway import MultiCloudGatewayArgs
from components.regions import Cloud
from stacks.models import Account, Region, Settings


def with_accounts(
    name: str,
    args: MultiCloudGatewayArgs,
    settings: Settings,
    opts: pulumi.ResourceOptions | None = None,
) -> MultiCloudGatewayArgs:
    """The gateway's arguments, in which each region has the provider of the account it names.

    ``name`` is the gateway's name: the prefix of the providers' names. A region that names no
    account has none, and uses the ambient credentials.
    """
    providers = dict(_providers(name, settings, opts))
    regions = [
        replace(to, providers=[providers[provider_name(name, account, of)]])
        if (account := settings.account_of(of)) is not None
        else to
        for to, of in zip(args.regions, settings.regions, strict=True)
    ]
    return replace(args, regions=regions)


def provider_name(name: str, account: Account, region: Region) -> str:
    """The name of the provider for an account.

    In AWS there is one for each region: a provider has a region too, and must keep it.
    """
    suffix = f"-{region.region}" if account.cloud is Cloud.AWS else ""
    return f"{name}-{account.cloud}-{account.id}{suffix}"


def _providers(
    name: str, settings: Settings, opts: pulumi.ResourceOptions | None
) -> Iterator[tuple[str, pulumi.ProviderResource]]:
    made: set[str] = set()
    for region in settings.regions:
        account = settings.account_of(region)
        if account is None:
            continue
        own = provider_name(name, account, region)
        if own not in made:
            made.add(own)
            yield own, _provider(own, account, region, opts)


def _provider(
    name: str, account: Account, region: Region, opts: pulumi.ResourceOptions | None
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
            return aws.Provider(name, region=region.region, assume_roles=[role], opts=opts)
        case Cloud.AZURE:
            import pulumi_azure_native as azure

            return azure.Provider(name, subscription_id=account.id, opts=opts)
        case Cloud.GCP:
            import pulumi_gcp as gcp

            return gcp.Provider(name, project=account.id, opts=opts)
