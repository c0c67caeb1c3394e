"""The account of a resource, as messages of rules name it."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_policy import PolicyProviderResource
from pulumi_policy.proxy import unknown_checking_proxy

from policies.accounts import account_of, in_account
from tests.policies.runner import UNKNOWN

ROLE = "arn:aws:iam::222233334444:role/gateway"


def provider(package: str, **props: Any) -> PolicyProviderResource:
    kind = f"pulumi:providers:{package}"
    return PolicyProviderResource(kind, unknown_checking_proxy(props), "urn", "own")


@pytest.mark.parametrize(
    ("of", "account"),
    [
        (provider("aws", assumeRoles=f'[{{"roleArn":"{ROLE}"}}]'), "222233334444"),
        (provider("aws", assumeRoles=[{"roleArn": ROLE}]), "222233334444"),
        (provider("aws", region="us-east-2"), None),
        (provider("azure-native", subscriptionId="0f39574d"), "0f39574d"),
        (provider("gcp", project="acme-data"), "acme-data"),
        (provider("gcp", project=UNKNOWN), None),
        (provider("pulumi-python", project="acme-data"), None),
        (None, None),
    ],
)
def test_the_account_is_the_one_that_the_provider_names(
    of: PolicyProviderResource | None, account: str | None
) -> None:
    assert account_of(of) == account
    assert in_account(of) == ("" if account is None else f" (account {account})")
