"""A share of a resource in AWS with Kong's account."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.links.base import GatewayEnd, Link


def share_with_kong(
    link: Link,
    gateway: GatewayEnd,
    region: str,
    resource: str,
    resource_arn: pulumi.Input[str],
    tags: Mapping[str, str],
) -> tuple[pulumi.Output[str], list[pulumi.Resource]]:
    """Share a resource with Kong's account, as children of ``link``.

    ``resource`` is what it is, for the name of its association: ``hub``, ``group``. Returns the
    share's ARN, and what must exist before Konnect finds the resource behind the share. Kong's
    account is outside our AWS organisation, so the share allows external principals.
    """
    share = aws.ram.ResourceShare(
        link.per_network("share"),
        region=region,
        name=link.per_network("kong"),
        allow_external_principals=True,
        tags=tags,
        opts=link.child(),
    )
    shared = aws.ram.ResourceAssociation(
        link.per_network(f"share-{resource}"),
        region=region,
        resource_arn=resource_arn,
        resource_share_arn=share.arn,
        opts=link.child(),
    )
    principal = aws.ram.PrincipalAssociation(
        link.per_network("share-kong"),
        region=region,
        principal=gateway.account.apply(lambda account: account.provider_account_id),
        resource_share_arn=share.arn,
        opts=link.child(),
    )
    return share.arn, [shared, principal]
