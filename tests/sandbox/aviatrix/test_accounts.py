"""Access accounts."""

from __future__ import annotations

import json

import pytest

from sandbox.accounts import KONG_AWS_ACCOUNT
from tests.sandbox.aviatrix.conftest import Estate
from tests.sandbox.aviatrix.controller import Controller

AWS = {"account_name": "a", "cloud_type": "1", "aws_account_number": "111122223333"}
AZURE = {
    "account_name": "a",
    "cloud_type": "8",
    "arm_subscription_id": "0a1b2c3d-0000-4000-8000-00000000bbbb",
    "arm_application_endpoint": "tenant",
    "arm_application_client_id": "client",
    "arm_application_client_secret": "hidden",
}
GCP = {"account_name": "a", "cloud_type": "4", "gcloud_project_name": "acme-gateway-landing"}


def read(controller: Controller) -> dict[str, object]:
    (found,) = controller.ok("list_accounts")["account_list"]
    return dict(found)


def test_an_aws_account_has_the_default_roles(controller: Controller) -> None:
    controller.ok("setup_account_profile", **AWS, aws_iam="true", groups="ops,dev")
    assert read(controller) == {
        "account_name": "a",
        "cloud_type": 1,
        "account_number": "111122223333",
        "aws_iam": "true",
        "aws_role_arn": "arn:aws:iam::111122223333:role/aviatrix-role-app",
        "aws_role_ec2": "arn:aws:iam::111122223333:role/aviatrix-role-ec2",
        "rbac_groups": ["ops", "dev"],
    }
    assert controller.ok("get_account_audit_records")[0]["status"] == "Pass"


def test_an_azure_account_never_shows_its_secret(controller: Controller) -> None:
    controller.ok("setup_account_profile", **AZURE)
    assert read(controller) == {
        "account_name": "a",
        "cloud_type": 8,
        "arm_subscription_id": AZURE["arm_subscription_id"],
        "arm_ad_tenant_id": "tenant",
        "arm_ad_client_id": "client",
        "rbac_groups": [],
    }


def test_a_gcp_account_needs_its_credentials_as_a_file(controller: Controller) -> None:
    assert "a file of a multipart form" in controller.refused("setup_account_profile", **GCP)
    form = {"action": "setup_account_profile", "CID": controller.cid, **GCP}
    for content, works in (("no JSON", False), (json.dumps({}), True)):
        files = {"gcloud_project_credentials": ("key.json", content)}
        assert controller.send("POST", data=form, files=files).json()["return"] is works
    assert read(controller)["project"] == "acme-gateway-landing"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (AWS, "aws_iam is required"),
        ({**AWS, "aws_iam": "false"}, "aws_access_key is required"),
        (
            {**AWS, "aws_iam": "true", "aws_gateway_role_app": "arn"},
            "aws_gateway_role_ec2 is required",
        ),
        ({**AWS, "aws_iam": "true", "aws_account_number": "1"}, "12 digits"),
        ({**AWS, "aws_iam": "true", "aws_account_number": KONG_AWS_ACCOUNT}, "is denied"),
        ({**AZURE, "arm_application_client_secret": ""}, "client_secret is required"),
        ({**AWS, "cloud_type": "16"}, "is not one of 1 (AWS), 4 (GCP), 8 (Azure)"),
    ],
)
def test_incomplete_credentials_are_refused(
    controller: Controller, fields: dict[str, str], reason: str
) -> None:
    assert reason in controller.refused("setup_account_profile", **fields)
    assert controller.ok("list_accounts") == {"account_list": []}


def test_a_name_is_used_once(controller: Controller) -> None:
    controller.ok("setup_account_profile", **AZURE)
    assert "already exists" in controller.refused("setup_account_profile", **AZURE)


def test_an_edit_replaces_credentials_and_never_the_cloud(controller: Controller) -> None:
    controller.ok("setup_account_profile", **AZURE)
    controller.ok("edit_account_profile", **{**AZURE, "arm_application_client_id": "other"})
    assert read(controller)["arm_ad_client_id"] == "other"
    reason = controller.refused("edit_account_profile", **{**AZURE, "cloud_type": "1"})
    assert "cannot be changed" in reason


def test_an_unknown_account_does_not_exist(controller: Controller) -> None:
    for action in ("edit_account_profile", "delete_account_profile"):
        assert controller.refused(action, account_name="b") == "Account b does not exist"


def test_an_account_is_deleted_after_its_gateways(estate: Estate) -> None:
    estate.transit("t", 1)
    reason = estate.controller.refused("delete_account_profile", account_name="aws")
    assert reason == "Account aws is in use by gateway t"
    estate.controller.does("delete_container", cloud_type="1", gw_name="t")
    estate.controller.ok("delete_account_profile", account_name="aws")
    names = [a["account_name"] for a in estate.controller.ok("list_accounts")["account_list"]]
    assert names == ["azure", "gcp"]
