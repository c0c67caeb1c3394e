"""What Kong's AWS account sees of a RAM resource share."""

from __future__ import annotations

import re

from sandbox.accounts import KONG_AWS_ACCOUNT
from sandbox.clouds.aws import AWS
from sandbox.clouds.aws.ram import RAM_PRINCIPAL, RAM_RESOURCE, RAM_SHARE
from sandbox.clouds.world import World
from sandbox.store import Store

_SHARE = re.compile(r"arn:aws:ram:([a-z0-9-]+):(\d{12}):resource-share/.+")


def kong(store: Store, region: str) -> World:
    """AWS as Kong's account sees it in a region."""
    return World(AWS, store, KONG_AWS_ACCOUNT, region)


def owner_of(store: Store, share_arn: str, region: str) -> World:
    """AWS as the owner of a share sees it in a region. The owner's account is in the ARN."""
    named = _SHARE.fullmatch(share_arn)
    return kong(store, region).of(named.group(2) if named else "")


def shared_resource(store: Store, share_arn: str, region: str) -> tuple[str, str | None]:
    """(ARN of the only resource in a share, reason why Kong cannot use the share or None).

    The account of the share is in its ARN. A share and its resources are in one region, which is
    that of the gateway network. Konnect requires exactly one resource in a share. The ARN is
    empty when there is none.
    """
    share = f"resource share {share_arn}"
    owner = owner_of(store, share_arn, region)
    if owner.get(RAM_SHARE, share_arn) is None:
        return "", f"{share} does not exist in {region}"
    principals = owner.where(RAM_PRINCIPAL, resourceShareArn=share_arn, principal=KONG_AWS_ACCOUNT)
    if not any(principals):
        return "", f"{share} is not shared with account {KONG_AWS_ACCOUNT}"
    held = [
        body["resourceArn"] for _, body in owner.where(RAM_RESOURCE, resourceShareArn=share_arn)
    ]
    if len(held) > 1:
        return "", f"{share} holds {len(held)} resources instead of one"
    return (held[0] if held else ""), None
