"""The rules of resource shares, with the codes that AWS answers."""

from __future__ import annotations

import pytest

from sandbox.accounts import CUSTOMER_AWS_ACCOUNT, KONG_AWS_ACCOUNT
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider, Refused
from tests.sandbox.handshakes.aws import resource_configuration


def test_a_share_is_extended_to_another_account_only_when_it_admits_strangers(
    aws: Provider,
) -> None:
    closed = aws.create(tokens.RAM_SHARE)
    principal = {"principal": KONG_AWS_ACCOUNT, "resourceShareArn": closed.id}
    with pytest.raises(Refused, match="OperationNotPermittedException"):
        aws.create(tokens.RAM_PRINCIPAL, **principal)
    opened = aws.update(closed, allowExternalPrincipals=True)
    made = aws.create(tokens.RAM_PRINCIPAL, **principal)
    assert made.id == f"{closed.id},{KONG_AWS_ACCOUNT}"
    with pytest.raises(Refused, match="OperationNotPermittedException"):
        aws.update(opened, allowExternalPrincipals=False)


def test_shares_refuse_what_they_do_not_know(aws: Provider, share: Made, tgw: Made) -> None:
    unknown = share.id.replace("resource-share/", "resource-share/0")
    for token, inputs, code in (
        (
            tokens.RAM_RESOURCE,
            {"resourceArn": tgw["arn"], "resourceShareArn": unknown},
            "UnknownResourceException",
        ),
        (
            tokens.RAM_RESOURCE,
            {"resourceArn": f"{tgw['arn']}0", "resourceShareArn": share.id},
            "UnknownResourceException",
        ),
        (
            tokens.RAM_RESOURCE,
            {"resourceArn": tgw.id, "resourceShareArn": share.id},
            "MalformedArnException",
        ),
        (
            tokens.RAM_PRINCIPAL,
            {"principal": "kong", "resourceShareArn": share.id},
            "InvalidParameterException",
        ),
    ):
        with pytest.raises(Refused, match=code):
            aws.create(token, **inputs)


LATTICE = (
    f"arn:aws:vpc-lattice:us-east-2:{CUSTOMER_AWS_ACCOUNT}:resourceconfiguration/"
    "rcfg-0123456789abcdef0"
)


def test_a_lattice_resource_configuration_can_be_shared_once_it_exists(
    aws: Provider, share: Made
) -> None:
    arn = resource_configuration(aws)
    shared = aws.create(tokens.RAM_RESOURCE, resourceArn=arn, resourceShareArn=share.id)
    assert shared.id == f"{share.id},{arn}"
    assert aws.read(shared) is not None
    with pytest.raises(Refused, match="UnknownResourceException"):
        aws.create(tokens.RAM_RESOURCE, resourceArn=LATTICE, resourceShareArn=share.id)


@pytest.mark.parametrize(
    "arn",
    [
        LATTICE.replace("us-east-2", "us-west-2"),
        LATTICE.replace(CUSTOMER_AWS_ACCOUNT, KONG_AWS_ACCOUNT),
        LATTICE.replace("resourceconfiguration", "service"),
    ],
)
def test_another_arn_of_lattice_cannot_be_shared(aws: Provider, share: Made, arn: str) -> None:
    with pytest.raises(Refused, match=f"MalformedArnException.*{arn}"):
        aws.create(tokens.RAM_RESOURCE, resourceArn=arn, resourceShareArn=share.id)


def test_a_resource_is_in_a_share_once_and_leaves_it_when_deleted(
    aws: Provider, share: Made, tgw: Made
) -> None:
    link = {"resourceArn": tgw["arn"], "resourceShareArn": share.id}
    shared = aws.create(tokens.RAM_RESOURCE, **link)
    assert shared.id == f"{share.id},{tgw['arn']}"
    with pytest.raises(Refused, match="already exists"):
        aws.create(tokens.RAM_RESOURCE, **link)
    second = aws.create(tokens.RAM_SHARE, "second")
    aws.create(tokens.RAM_RESOURCE, resourceArn=tgw["arn"], resourceShareArn=second.id)
    aws.delete(tgw)
    assert aws.read(shared) is None
