"""Access accounts: what is sent for each cloud, what is read, and whose an account is."""

from __future__ import annotations

from typing import Any

import pytest

from providers.aviatrix.account import AccountProvider
from providers.base.errors import TakenError
from tests.providers.aviatrix.conftest import MARK
from tests.providers.aviatrix.controller import BASE, Controller, done, refusal

AWS: dict[str, Any] = {
    "account_name": f"aws-{MARK}",
    "cloud_type": 1,
    "aws_account_number": "123456789012",
    "aws_iam": True,
    "created_by": MARK,
}
AZURE: dict[str, Any] = {
    "account_name": "azure",
    "cloud_type": 8,
    "arm_subscription_id": "sub",
    "arm_directory_id": "tenant",
    "arm_application_id": "app",
    "arm_application_key": "canary-of-the-application",
}
GCP: dict[str, Any] = {
    "account_name": "gcp",
    "cloud_type": 4,
    "gcloud_project_id": "project",
    "gcloud_project_credentials": '{"private_key": "canary-of-the-project"}',
}
ROLE = "arn:aws:iam::123456789012:role/aviatrix-role"
LISTED = {
    f"aws-{MARK}": {
        "account_name": f"aws-{MARK}",
        "cloud_type": "1",
        "account_number": "123456789012",
        "aws_iam": "true",
        "aws_role_arn": f"{ROLE}-app",
        "aws_role_ec2": f"{ROLE}-ec2",
        "rbac_groups": [],
    },
    "azure": {
        "account_name": "azure",
        "cloud_type": 8,
        "account_number": "",
        "arm_subscription_id": "sub",
        "arm_ad_tenant_id": "tenant",
        "arm_ad_client_id": "app",
    },
    "gcp": {"account_name": "gcp", "cloud_type": 4, "project": "project"},
}


def accounts(*names: str) -> dict[str, Any]:
    return done({"account_list": [LISTED[name] for name in names]})


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        (
            AWS,
            {
                "account_name": f"aws-{MARK}",
                "cloud_type": "1",
                "aws_account_number": "123456789012",
                "aws_iam": "true",
                "aws_role_arn": f"{ROLE}-app",
                "aws_role_ec2": f"{ROLE}-ec2",
            },
        ),
        (
            AZURE,
            {
                "account_name": "azure",
                "cloud_type": "8",
                "arm_subscription_id": "sub",
                "arm_application_endpoint": "tenant",
                "arm_application_client_id": "app",
                "arm_application_client_secret": "canary-of-the-application",
            },
        ),
        (
            GCP,
            {
                "account_name": "gcp",
                "cloud_type": "4",
                "gcloud_project_name": "project",
                "gcloud_project_credentials": '{"private_key": "canary-of-the-project"}',
            },
        ),
    ],
    ids=["aws", "azure", "gcp"],
)
def test_an_account_is_created_read_without_a_difference_and_deleted(
    configured: Any, wanted: dict[str, Any], sent: dict[str, Any]
) -> None:
    name = wanted["account_name"]
    controller = Controller(
        list_accounts=[accounts(), accounts(name)],
        setup_account_profile=done(),
        delete_account_profile=done(),
    )
    controller.client()
    provider = configured(AccountProvider)
    inputs = provider.check({}, wanted).inputs
    created = provider.create(inputs)
    assert controller.asked("setup_account_profile") == [sent]
    assert created.id == name
    assert created.outs["controller"] == BASE
    assert "canary" not in str({k: v for k, v in created.outs.items() if "fingerprint" not in k})
    read = provider.read(name, created.outs)
    assert provider.diff(name, read.outs, inputs).changes is False
    provider.delete(name, created.outs)
    assert controller.asked("delete_account_profile") == [{"account_name": name}]


def test_an_account_of_this_stack_is_found_again_and_another_is_not_taken(configured: Any) -> None:
    controller = Controller(list_accounts=accounts(f"aws-{MARK}"))
    controller.client()
    provider = configured(AccountProvider)
    assert provider.create(AWS).id == f"aws-{MARK}"
    with pytest.raises(TakenError, match="adopt_existing_id"):
        provider.create({**AWS, "created_by": "ffffffff"})
    assert controller.actions == ["list_accounts", "list_accounts"]


def test_an_account_that_appears_during_the_creation_is_another_s(configured: Any) -> None:
    exists = refusal("[AVXERR-ACCOUNT-0001] Account already exists")
    controller = Controller(
        list_accounts=[accounts(), accounts(f"aws-{MARK}")], setup_account_profile=exists
    )
    controller.client()
    with pytest.raises(Exception, match="already exists"):
        configured(AccountProvider).create({**AWS, "created_by": "ffffffff"})


def test_a_new_key_is_an_update_in_place_and_a_new_cloud_a_replacement(configured: Any) -> None:
    controller = Controller(
        list_accounts=[accounts(), accounts("azure")],
        setup_account_profile=done(),
        edit_account_profile=done(),
    )
    controller.client()
    provider = configured(AccountProvider)
    inputs = provider.check({}, AZURE).inputs
    outs = provider.create(inputs).outs
    rewritten = {**inputs, "arm_application_key": "canary-of-another"}
    diff = provider.diff("azure", outs, rewritten)
    assert (diff.changes, diff.replaces) == (True, [])
    provider.update("azure", outs, rewritten)
    sent = controller.asked("edit_account_profile")[0]
    assert sent["arm_application_client_secret"] == "canary-of-another"
    assert provider.diff("azure", outs, {**inputs, "cloud_type": 4}).replaces == ["cloud_type"]


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ({**AWS, "aws_account_number": None}, "aws_account_number"),
        ({**AWS, "aws_iam": None}, "aws_iam"),
        ({**AZURE, "arm_application_key": None}, "arm_application_key"),
        ({**GCP, "arm_directory_id": "tenant"}, "arm_directory_id"),
    ],
)
def test_an_account_has_the_inputs_of_its_cloud_and_no_others(
    configured: Any, wanted: dict[str, Any], name: str
) -> None:
    failures = configured(AccountProvider).check({}, wanted).failures
    assert [failure.property for failure in failures] == [name]
