"""System accounts, the identities of programs: `/v3/system-accounts` on the global host.

Access tokens and roles are reached only by a path below their account. No response names the
account. Konnect deletes them together with the account.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, TypeVar

import pulumi
from pydantic import Field

from providers.base.http import Json
from providers.base.model import IMMUTABLE, SERVER_DEFAULT, Inputs
from providers.konnect.client import Client
from providers.konnect.crud import PlacedProvider
from providers.konnect.ownership import Owner
from providers.konnect.resource import KonnectResource

PATH: Final = "/v3/system-accounts"
Name = Annotated[str, Field(min_length=1)]


class SystemAccountInputs(Inputs):
    """The inputs of a system account: `CreateSystemAccount`."""

    name: Name
    description: str
    konnect_managed: Annotated[bool | None, IMMUTABLE, SERVER_DEFAULT] = None


class SystemAccountProvider(PlacedProvider[SystemAccountInputs]):
    """CRUD of a system account."""

    Inputs = SystemAccountInputs
    noun = "system account"
    root = "/v3/"
    segment = "system-accounts"
    outputs = ("created_at", "updated_at")

    def find(self, client: Client, inputs: SystemAccountInputs) -> Json | None:
        return self.living(client, PATH, inputs.name)

    def change(
        self, client: Client, id_: str, inputs: SystemAccountInputs, changed: Sequence[str]
    ) -> Json:
        body = inputs.model_dump(mode="json", include=set(changed))
        return client.patch(f"{PATH}/{id_}", f"updating system account {inputs.name!r}", body)


class AccountPartInputs(Inputs):
    """The inputs that all objects below a system account have."""

    account_id: Annotated[str, IMMUTABLE, Field(min_length=1)]


P = TypeVar("P", bound=AccountPartInputs)


class AccountPartProvider(PlacedProvider[P]):
    """CRUD of an object below a system account."""

    root = f"{PATH}/{{account_id}}/"

    def marked(self, client: Client, remote: Json, inputs: P, owner: Owner) -> bool:
        """Whether the account's name contains the owner's id."""
        path = f"{PATH}/{inputs.account_id}"
        return owner.id in str(client.get(path, "reading the owner of a system account")["name"])


class SystemAccount(KonnectResource, module="konnect", name="SystemAccount"):
    """A system account, the identity of a program. Terraform: `konnect_system_account`.

    ``name`` is unique in the organisation. ``konnect_managed`` (default false) is immutable.
    Source: `/v3/system-accounts`.
    """

    name: pulumi.Output[str]
    description: pulumi.Output[str]
    konnect_managed: pulumi.Output[bool]
    created_at: pulumi.Output[str]
    updated_at: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str],
        description: pulumi.Input[str],
        konnect_managed: pulumi.Input[bool] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(SystemAccountProvider(), resource_name, locals(), opts)
