"""The accounts of an environment: AWS accounts, Azure subscriptions, GCP projects."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from components.regions import Cloud
from stacks.errors import Problem, refusal
from stacks.models.base import Model


class Account(Model):
    """An AWS account, an Azure subscription or a GCP project that regions are in.

    Exactly one of ``role_arn``, ``subscription_id`` and ``project`` is given.
    """

    role_arn: Annotated[
        str | None,
        Field(
            pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$",
            examples=["arn:aws:iam::222233334444:role/gateway"],
        ),
    ] = None
    """AWS: ARN of the role that Pulumi assumes in the account."""
    external_id: Annotated[
        str | None, Field(min_length=2, max_length=1224, examples=["kong-gateways"])
    ] = None
    """AWS: external id that the role's trust policy asks for."""
    subscription_id: Annotated[
        UUID | None, Field(examples=["0f39574d-d756-48cf-b622-0e27a6943bd2"])
    ] = None
    """Azure: id of the subscription, a UUID."""
    project: Annotated[
        str | None, Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$", examples=["acme-gateways"])
    ] = None
    """GCP: id of the project, not its number."""

    @property
    def cloud(self) -> Cloud:
        """The cloud that the account is in."""
        if self.role_arn is not None:
            return Cloud.AWS
        return Cloud.GCP if self.subscription_id is None else Cloud.AZURE

    @property
    def id(self) -> str:
        """The number of the AWS account, or the id of the subscription or project."""
        if self.role_arn is not None:
            return self.role_arn.split(":")[4]
        return str(self.subscription_id or self.project)

    @model_validator(mode="after")
    def _of_one_cloud(self) -> Account:
        given = [name for name in _ACCOUNT_OF if getattr(self, name) is not None]
        if len(given) != 1:
            wrong = f"has {' and '.join(given)}" if given else "names no account"
            remedy = "write one of role_arn (AWS), subscription_id (Azure) and project (GCP)"
            raise refusal(Problem((), wrong, remedy))
        if self.external_id is not None and self.role_arn is None:
            wrong = "is for AWS only"
            remedy = "delete external_id"
            raise refusal(Problem(("external_id",), wrong, remedy, self.external_id))
        return self


_ACCOUNT_OF = ("role_arn", "subscription_id", "project")
