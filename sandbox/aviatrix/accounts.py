"""Access accounts: the credentials with which the controller uses a cloud account."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from sandbox.aviatrix import records
from sandbox.aviatrix.actions import TRUE_FALSE, Asked, Refused, action
from sandbox.aviatrix.cloud_networks import AWS_TYPE, AZURE_TYPE, GCP_TYPE
from sandbox.clouds.aws import AWS
from sandbox.clouds.azure import AZURE
from sandbox.clouds.declare import CloudError
from sandbox.clouds.gcp import GCP
from sandbox.store import Body, Store

_AWS_NUMBER = re.compile(r"\d{12}")
_OPTIONAL = (
    "groups",
    *("aws_account_number", "aws_role_arn", "aws_role_ec2"),
    *("aws_gateway_role_app", "aws_gateway_role_ec2", "aws_access_key", "aws_secret_key"),
    *("arm_subscription_id", "arm_application_endpoint"),
    *("arm_application_client_id", "arm_application_client_secret"),
    "gcloud_project_name",
)
_WORDS = {"aws_iam": TRUE_FALSE}
_CREDENTIALS = "gcloud_project_credentials"


@action("setup_account_profile", ("account_name", "cloud_type"), _OPTIONAL, words=_WORDS)
def create(asked: Asked) -> str:
    """Create an account. Its secrets are checked and not kept."""
    name = asked["account_name"]
    if records.get(asked.store, records.ACCOUNTS, name) is not None:
        raise Refused(f"Account {name} already exists")
    records.put(asked.store, records.ACCOUNTS, name, _body(asked, asked["cloud_type"]))
    return f"An email with instructions has been sent for account {name}"


@action("edit_account_profile", ("account_name",), ("cloud_type", *_OPTIONAL), words=_WORDS)
def edit(asked: Asked) -> str:
    """Replace the credentials of an account."""
    account = find(asked.store, asked["account_name"])
    cloud_type = str(account["cloud_type"])
    if asked.get("cloud_type", cloud_type) != cloud_type:
        raise Refused(f"cloud_type of account {account['account_name']} cannot be changed")
    records.put(asked.store, records.ACCOUNTS, account["account_name"], _body(asked, cloud_type))
    return f"Account {account['account_name']} has been updated"


@action("delete_account_profile", ("account_name",))
def delete(asked: Asked) -> str:
    """Delete an account that no gateway uses."""
    account = find(asked.store, asked["account_name"])
    name = account["account_name"]
    for gateway in records.every(asked.store, records.GATEWAYS, account=name):
        raise Refused(f"Account {name} is in use by gateway {gateway['name']}")
    records.delete(asked.store, records.ACCOUNTS, name)
    return f"Account {name} has been deleted"


@action("list_accounts", reads=True)
def list_accounts(asked: Asked) -> Body:
    """All accounts."""
    return {"account_list": list(records.every(asked.store, records.ACCOUNTS))}


@action("get_account_audit_records", optional=("account_name",), reads=True)
def audit(asked: Asked) -> list[Body]:
    """The audit of each account: whether its credentials work."""
    return [
        {"account_name": account["account_name"], "status": "Pass", "comment": ""}
        for account in records.every(asked.store, records.ACCOUNTS)
        if asked.get("account_name", account["account_name"]) == account["account_name"]
    ]


def find(store: Store, name: str) -> Body:
    """The account of this name. Raises Refused without one."""
    account = records.get(store, records.ACCOUNTS, name)
    if account is None:
        raise Refused(f"Account {name} does not exist")
    return account


def _body(asked: Asked, cloud_type: str) -> Body:
    read = {str(AWS_TYPE): _aws, str(AZURE_TYPE): _azure, str(GCP_TYPE): _gcp}.get(cloud_type)
    if read is None:
        raise Refused(f"cloud_type {cloud_type} is not one of 1 (AWS), 4 (GCP), 8 (Azure)")
    common = {
        "account_name": asked["account_name"],
        "cloud_type": int(cloud_type),
        "rbac_groups": asked.listed("groups"),
    }
    try:
        return {**common, **read(asked)}
    except CloudError as error:  # an account of Kong
        raise Refused(str(error)) from None


def _require(asked: Asked, *names: str) -> None:
    for name in names:
        if not asked.get(name):
            raise Refused(f"{name} is required")


def _aws(asked: Asked) -> Mapping[str, object]:
    _require(asked, "aws_account_number", "aws_iam")
    number = asked["aws_account_number"]
    if not _AWS_NUMBER.fullmatch(number):
        raise Refused(f"aws_account_number {number} must be 12 digits")
    body = {"account_number": AWS.own_tenant(number), "aws_iam": asked["aws_iam"]}
    if asked["aws_iam"] == "false":
        _require(asked, "aws_access_key", "aws_secret_key")
        return body
    pair = ("aws_gateway_role_app", "aws_gateway_role_ec2")
    if any(asked.get(name) for name in pair):
        _require(asked, *pair)
    role = f"arn:aws:iam::{number}:role/aviatrix-role"
    return {
        **body,
        "aws_role_arn": asked.get("aws_role_arn", f"{role}-app"),
        "aws_role_ec2": asked.get("aws_role_ec2", f"{role}-ec2"),
    }


def _azure(asked: Asked) -> Mapping[str, object]:
    _require(
        asked,
        "arm_subscription_id",
        "arm_application_endpoint",
        "arm_application_client_id",
        "arm_application_client_secret",
    )
    return {
        "arm_subscription_id": AZURE.own_tenant(asked["arm_subscription_id"]),
        "arm_ad_tenant_id": asked["arm_application_endpoint"],
        "arm_ad_client_id": asked["arm_application_client_id"],
    }


def _gcp(asked: Asked) -> Mapping[str, object]:
    _require(asked, "gcloud_project_name")
    content = asked.files.get(_CREDENTIALS)
    if content is None:
        raise Refused(f"{_CREDENTIALS} is required: a file of a multipart form")
    try:
        json.loads(content)
    except ValueError:
        raise Refused(f"{_CREDENTIALS} is not JSON") from None
    return {"project": GCP.own_tenant(asked["gcloud_project_name"])}
