"""Access accounts: the controller's credentials for a cloud account, subscription or project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

import pulumi
from pydantic import Field

from providers.aviatrix.client import Client
from providers.aviatrix.crud import AviatrixInputs, AviatrixProvider, listed
from providers.aviatrix.resource import AviatrixResource
from providers.aviatrix.vocabulary import CloudType, is_yes
from providers.base.http import Json
from providers.base.model import IMMUTABLE, SERVER_DEFAULT, WRITE_ONLY, Props

_FIELDS: Final[Mapping[CloudType, tuple[str, ...]]] = {
    CloudType.AWS: ("aws_account_number",),
    CloudType.AZURE: (
        "arm_subscription_id",
        "arm_directory_id",
        "arm_application_id",
        "arm_application_key",
    ),
    CloudType.GCP: ("gcloud_project_id", "gcloud_project_credentials"),
}
"""The inputs that each cloud requires."""
_SENT_AS: Final[Mapping[str, str]] = {
    "arm_directory_id": "arm_application_endpoint",
    "arm_application_id": "arm_application_client_id",
    "arm_application_key": "arm_application_client_secret",
    "gcloud_project_id": "gcloud_project_name",
    "aws_role_app": "aws_role_arn",
}
"""Names of the controller that differ from the Terraform provider's."""
_RETURNED_AS: Final[Mapping[str, str]] = {
    "aws_account_number": "account_number",
    "aws_role_app": "aws_role_arn",
    "aws_role_ec2": "aws_role_ec2",
    "arm_subscription_id": "arm_subscription_id",
    "arm_directory_id": "arm_ad_tenant_id",
    "arm_application_id": "arm_ad_client_id",
    "gcloud_project_id": "project",
}


class AccountInputs(AviatrixInputs):
    """The inputs of an access account: those of one cloud."""

    account_name: Annotated[str, IMMUTABLE, Field(min_length=1)]
    cloud_type: Annotated[CloudType, IMMUTABLE]
    aws_account_number: Annotated[str | None, Field(pattern=r"^\d{12}$")] = None
    aws_iam: bool = False
    aws_role_app: Annotated[str | None, SERVER_DEFAULT] = None
    aws_role_ec2: Annotated[str | None, SERVER_DEFAULT] = None
    aws_access_key: Annotated[str | None, WRITE_ONLY] = None
    aws_secret_key: Annotated[str | None, WRITE_ONLY] = None
    arm_subscription_id: str | None = None
    arm_directory_id: str | None = None
    arm_application_id: str | None = None
    arm_application_key: Annotated[str | None, WRITE_ONLY] = None
    gcloud_project_id: str | None = None
    gcloud_project_credentials: Annotated[str | None, WRITE_ONLY] = None

    def problems(self) -> Iterator[tuple[str, str]]:
        """An account has all inputs of its cloud and none of another."""
        for cloud, names in _FIELDS.items():
            for name in names:
                given = getattr(self, name) is not None
                if cloud is self.cloud_type and not given:
                    yield name, f"is required for cloud_type {cloud.value} ({cloud.name})"
                if cloud is not self.cloud_type and given:
                    yield name, f"is of {cloud.name}, and the account is of {self.cloud_type.name}"
        keys = self.aws_access_key is not None and self.aws_secret_key is not None
        if self.cloud_type is CloudType.AWS and not self.aws_iam and not keys:
            yield "aws_iam", "must be true, or aws_access_key and aws_secret_key are required"


class AccountProvider(AviatrixProvider[AccountInputs]):
    """CRUD of an access account."""

    Inputs = AccountInputs
    noun = "access account"
    natural_key = ("account_name",)

    def look(self, client: Client, props: Props, *, fresh: bool) -> Json | None:
        found = listed(client, "list_accounts", "listing access accounts", fresh=fresh)
        for item in found["account_list"]:
            if item["account_name"] == props["account_name"]:
                return _account(item)
        return None

    def make(self, client: Client, inputs: AccountInputs) -> None:
        self._send(client, "setup_account_profile", "creating", inputs)

    def edit(self, client: Client, inputs: AccountInputs, changed: Sequence[str]) -> None:
        self._send(client, "edit_account_profile", "updating", inputs)

    def destroy(self, client: Client, props: Props) -> None:
        fields = {"account_name": props["account_name"]}
        client.form("delete_account_profile", f"deleting {self.label(props)}", fields)

    def _send(self, client: Client, api_action: str, verb: str, inputs: AccountInputs) -> None:
        doing = f"{verb} {self.inputs_label(inputs)}"
        written = inputs.body("gcloud_project_credentials")
        fields: Json = {_SENT_AS.get(name, name): value for name, value in written.items()}
        if inputs.cloud_type is not CloudType.AWS:
            del fields["aws_iam"]
        elif inputs.aws_iam:
            arn = f"arn:aws:iam::{inputs.aws_account_number}:role/aviatrix-role"
            fields.setdefault("aws_role_arn", f"{arn}-app")
            fields.setdefault("aws_role_ec2", f"{arn}-ec2")
        if inputs.gcloud_project_credentials is None:
            client.form(api_action, doing, fields)
            return
        credentials = inputs.gcloud_project_credentials.encode()
        files = {"gcloud_project_credentials": ("credentials.json", credentials)}
        client.files(api_action, doing, fields, files)


def _account(item: Json) -> Json:
    """A listed account by the names of its inputs. Keys of other clouds are empty."""
    account: Json = {name: item.get(key) or None for name, key in _RETURNED_AS.items()}
    account["account_name"] = item["account_name"]
    account["cloud_type"] = int(item["cloud_type"])
    if account["cloud_type"] == CloudType.AWS:
        account["aws_iam"] = is_yes(item.get("aws_iam"))
    else:
        account["aws_account_number"] = None
    return account


class Account(AviatrixResource, module="aviatrix", name="Account"):
    """An access account. Terraform: `aviatrix_account`.

    ``cloud_type`` is 1 (AWS), 4 (GCP) or 8 (Azure). AWS: ``aws_account_number``, and ``aws_iam``
    true with the roles ``aws_role_app`` and ``aws_role_ec2`` (default: `aviatrix-role-app` and
    `aviatrix-role-ec2` of the account), or ``aws_access_key`` and ``aws_secret_key``. Azure: the
    four ``arm_…``. GCP: ``gcloud_project_id`` and ``gcloud_project_credentials``, the JSON key of a
    service account. Keys are sent to the controller and never read back: state holds fingerprints.
    Source: the actions `setup_account_profile`, `edit_account_profile`, `list_accounts`,
    `delete_account_profile`.
    """

    account_name: pulumi.Output[str]
    cloud_type: pulumi.Output[int]

    def __init__(
        self,
        resource_name: str,
        *,
        account_name: pulumi.Input[str],
        cloud_type: pulumi.Input[int],
        aws_account_number: pulumi.Input[str] | None = None,
        aws_iam: pulumi.Input[bool] | None = None,
        aws_role_app: pulumi.Input[str] | None = None,
        aws_role_ec2: pulumi.Input[str] | None = None,
        aws_access_key: pulumi.Input[str] | None = None,
        aws_secret_key: pulumi.Input[str] | None = None,
        arm_subscription_id: pulumi.Input[str] | None = None,
        arm_directory_id: pulumi.Input[str] | None = None,
        arm_application_id: pulumi.Input[str] | None = None,
        arm_application_key: pulumi.Input[str] | None = None,
        gcloud_project_id: pulumi.Input[str] | None = None,
        gcloud_project_credentials: pulumi.Input[str] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs: dict[str, Any] = locals()
        super().__init__(AccountProvider(), resource_name, inputs, opts)
