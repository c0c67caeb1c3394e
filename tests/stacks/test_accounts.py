"""Accounts, subscriptions and projects that regions name: checks and providers."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from components.regions import Cloud
from stacks import settings
from stacks.accounts import provider_name
from stacks.live import Live, LiveNetwork
from stacks.live_attachments import account_problems
from tests.stacks.baseline import BASELINE, lines_of

ROLE = "arn:aws:iam::222233334444:role/gateway"
SUBSCRIPTION = "0f39574d-d756-48cf-b622-0e27a6943bd2"
ACCOUNTS: dict[str, Any] = {
    "retail": {"role_arn": ROLE, "external_id": "kong"},
    "payments": {"subscription_id": SUBSCRIPTION},
    "data": {"project": "acme-data"},
}


def document(accounts: object = ACCOUNTS, **of_regions: object) -> dict[str, Any]:
    """The baseline with accounts, and with the account of each region by its cloud."""
    changed = copy.deepcopy(BASELINE)
    changed["accounts"] = accounts
    for region in changed["regions"]:
        if name := of_regions.get(region["cloud"]):
            region["account"] = name
    return changed


def everywhere() -> dict[str, Any]:
    return document(aws="retail", azure="payments", gcp="data")


def test_each_region_has_the_account_it_names() -> None:
    loaded = settings.load("test", everywhere())
    accounts = [loaded.account_of(region) for region in loaded.regions]
    assert [(one.cloud, one.id) for one in accounts if one] == [
        (Cloud.AWS, "222233334444"),
        (Cloud.AZURE, SUBSCRIPTION),
        (Cloud.GCP, "acme-data"),
    ]


def test_a_region_without_an_account_is_in_the_ambient_one() -> None:
    loaded = settings.load("test", BASELINE)
    assert [loaded.account_of(region) for region in loaded.regions] == [None, None, None]


def test_a_provider_is_named_by_its_account_and_in_aws_by_its_region_too() -> None:
    loaded = settings.load("test", everywhere())
    names = [
        provider_name("gw", account, region.region)
        for region in loaded.regions
        if (account := loaded.account_of(region))
    ]
    assert names == [
        "gw-aws-222233334444-us-east-2",
        f"gw-azure-{SUBSCRIPTION}",
        "gw-gcp-acme-data",
    ]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            document({"retail": {"role_arn": ROLE}}, aws="retial"),
            'gateway.regions[0].account: "retial" is not one of accounts; did you mean retail?',
        ),
        (
            document({}, aws="retail"),
            'gateway.regions[0].account: "retail" is not one of accounts; describe it: '
            "accounts: {retail: {role_arn: ...}}, or delete account",
        ),
        (
            document({"data": {"project": "acme-data"}}, aws="data", gcp="data"),
            'gateway.regions[0].account: "data" is not in aws: it has no role_arn; '
            "name one with role_arn",
        ),
        (
            document({"retail": {"role_arn": ROLE}}),
            "gateway.accounts.retail: is not used by any region; name it in a region, or delete it",
        ),
        (
            document(
                {"one": {"role_arn": ROLE}, "two": {"role_arn": f"{ROLE}-2"}}, aws="one", gcp="two"
            ),
            f'gateway.accounts.two.role_arn: "{ROLE}-2" is the same account as accounts.one; '
            "use one for both",
        ),
        (
            document({"one": {"role_arn": ROLE, "project": "acme-data"}}, aws="one"),
            "gateway.accounts.one: "
            '{"role_arn": "arn:aws:iam::222233334444:role/gateway", "proj... has role_arn and '
            "project; write one of role_arn (AWS), "
            "subscription_id (Azure) and project (GCP)",
        ),
        (
            document({"one": {}}, aws="one"),
            "gateway.accounts.one: {} names no account; write one of role_arn (AWS), "
            "subscription_id (Azure) and project (GCP)",
        ),
        (
            document({"one": {"project": "acme-data", "external_id": "kong"}}, gcp="one"),
            'gateway.accounts.one.external_id: "kong" is for AWS only; delete external_id',
        ),
    ],
    ids=["misspelt", "none", "other-cloud", "unused", "twice", "two", "empty", "external-id"],
)
def test_a_wrong_account_is_one_error_with_the_way_out(value: object, said: str) -> None:
    assert said in lines_of(value)


def live(*keys: str) -> Live:
    return Live({key: [LiveNetwork(f"network-{key}", "10.0.0.0/20", frozenset())] for key in keys})


def attachment(account: str) -> dict[str, Any]:
    arn = f"arn:aws:ram:us-east-2:{account}:resource-share/0000"
    return linked("aws-us-east-2", {"ram_share_arn": arn})


def linked(region: str, config: dict[str, str]) -> dict[str, Any]:
    """An attachment that the gateway created in a region."""
    return {"name": f"gw-{region}-link", "transit_gateway_attachment_config": config}


@pytest.mark.parametrize(
    ("name", "there", "said"),
    [
        ("retail", "222233334444", None),
        (None, "111122223333", None),
        ("retail", "111122223333", "name the account 111122223333, or delete the region"),
        (None, "222233334444", "to the ambient account: its network and links would be deleted"),
    ],
)
def test_a_live_region_never_moves_to_another_account(
    name: str | None, there: str, said: str | None
) -> None:
    # Another region keeps the account in use where this one does not name it.
    value = document(aws=name, azure="payments", gcp="data")
    if name is None:
        second = {**value["regions"][0], "region": "us-west-2", "account": "retail"}
        second |= {"cidr": "10.64.16.0/20", "landing": "10.66.0.0/16"}
        value["regions"].append(second)
    loaded = settings.load("test", value)
    found = list(
        account_problems(
            "gw", loaded, live("aws-us-east-2"), {"network-aws-us-east-2": [attachment(there)]}
        )
    )
    if said is None:
        assert found == []
    else:
        (problem,) = found
        assert problem.path == ("regions", 0, "account")
        assert said in problem.line("file")


@pytest.mark.parametrize(
    ("config", "account"),
    [
        ({"peer_account_id": "222233334444"}, "222233334444"),
        ({"subscription_id": SUBSCRIPTION}, SUBSCRIPTION),
        ({"subscription_id": SUBSCRIPTION.upper()}, SUBSCRIPTION),
        ({"peer_project_id": "acme-data"}, "acme-data"),
    ],
)
def test_the_account_is_read_from_every_kind_of_attachment(
    config: dict[str, str], account: str
) -> None:
    loaded = settings.load("test", everywhere())
    cloud = {"222233334444": 0, SUBSCRIPTION: 1, "acme-data": 2}[account]
    key = loaded.regions[cloud].key
    attachments = {f"network-{key}": [linked(key, config)]}
    assert list(account_problems("gw", loaded, live(key), attachments)) == []
    other = {name: value.replace(account[-1], "9") for name, value in config.items()}
    moved = {f"network-{key}": [linked(key, other)]}
    (problem,) = account_problems("gw", loaded, live(key), moved)
    assert f"to account {account}" in problem.wrong


def test_an_attachment_that_somebody_made_by_hand_says_nothing_about_the_account() -> None:
    loaded = settings.load("test", everywhere())
    by_hand = {**attachment("999988887777"), "name": "by-hand"}
    attachments = {"network-aws-us-east-2": [by_hand, attachment("222233334444")]}
    assert list(account_problems("gw", loaded, live("aws-us-east-2"), attachments)) == []


def test_a_given_network_is_in_the_account_of_its_owner_whatever_the_region_names() -> None:
    value = everywhere()
    value["regions"][2]["landing"]["network"] = "organization/network-team/dev"
    value["cache"] = None
    loaded = settings.load("test", value)
    config = {"peer_project_id": "host-project"}
    attachments = {"network-gcp-us-central1": [linked("gcp-us-central1", config)]}
    assert list(account_problems("gw", loaded, live("gcp-us-central1"), attachments)) == []
