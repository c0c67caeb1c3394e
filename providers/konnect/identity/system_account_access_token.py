"""Access tokens of system accounts: `/v3/system-accounts/{account_id}/access-tokens`.

Konnect returns a token only once, in the response to the POST that creates it. So only state
keeps the token, as a secret, and a refresh does not change it. If the response is lost, nobody can
use the token.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import pulumi
from pulumi import dynamic
from pydantic import AfterValidator

from providers.base import model
from providers.base.errors import AmbiguousWriteError, ProviderError
from providers.base.http import Json
from providers.base.model import IMMUTABLE, Props
from providers.konnect.client import Client
from providers.konnect.identity.system_account import AccountPartInputs, AccountPartProvider, Name
from providers.konnect.resource import KonnectResource


def _moment(text: str) -> str:
    """Normalise a date-time to UTC and whole seconds. Raises ValueError without an offset."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        pass
    raise ValueError("must be a date and time with its offset, such as 2030-01-31T00:00:00Z")


class SystemAccountAccessTokenInputs(AccountPartInputs):
    """The inputs of an access token: `CreateSystemAccountAccessToken`. Only ``name`` is mutable."""

    name: Name
    expires_at: Annotated[str, IMMUTABLE, AfterValidator(_moment)]


class SystemAccountAccessTokenProvider(AccountPartProvider[SystemAccountAccessTokenInputs]):
    """CRUD of an access token.

    A name is unique in its account. If the name is taken when a create begins, the create raises
    an error, even if all inputs are equal: the existing token cannot be read. It is not deleted,
    because someone may be using it. If a POST loses its response and the token exists afterwards,
    that POST created it: the token is deleted and a new one is created.
    """

    Inputs = SystemAccountAccessTokenInputs
    noun = "system account access token"
    segment = "access-tokens"
    natural_key = ("account_id", "name")
    outputs = ("created_at", "updated_at", "token")

    def find(self, client: Client, inputs: SystemAccountAccessTokenInputs) -> Json | None:
        props = model.dump(inputs)
        found = self.living(client, self.path(props), inputs.name)
        return found and self.answered(found, props)

    def same_owner(
        self, client: Client, remote: Json, inputs: SystemAccountAccessTokenInputs
    ) -> bool:
        """Always true: ``create`` refuses an existing token, whoever created it."""
        return True

    def post(self, client: Client, inputs: SystemAccountAccessTokenInputs) -> Json:
        try:
            return super().post(client, inputs)
        except AmbiguousWriteError:
            lost = self.find(client, inputs)
            if lost is not None and _moment(lost["expires_at"]) == inputs.expires_at:
                self.remove(client, lost["id"], lost)
            raise

    def change(
        self,
        client: Client,
        id_: str,
        inputs: SystemAccountAccessTokenInputs,
        changed: Sequence[str],
    ) -> Json:
        props = model.dump(inputs)
        action = f"renaming {self.noun} {id_} to {inputs.name!r}"
        remote = client.patch(self.path(props, id_), action, {"name": inputs.name})
        return self.answered(remote, props)

    def create(self, props: Props) -> dynamic.CreateResult:
        """Create the token. Raises ProviderError if the name is taken, unless it is adopted."""
        result = super().create(props)
        if "token" in (result.outs or {}) or "adopt_existing_id" in props:
            return result
        raise ProviderError(
            f"{self.noun} {props['name']!r} exists already ({result.id}), and Konnect returns "
            "a token only once, when it is created. Delete it (DELETE "
            f"{self.path(props, result.id)}) or give the new one another name; "
            "adopt_existing_id manages it without its token."
        )

    def read(self, id_: str, props: Props) -> dynamic.ReadResult:
        """Read the current values from Konnect. Keep the token from state."""
        result = super().read(id_, props)
        if result.id is not None:
            result.outs = {**(result.outs or {}), **_token(props)}
        return result

    def update(self, _id: str, _olds: Props, _news: Props) -> dynamic.UpdateResult:
        """Rename the token object. The token itself stays the same."""
        result = super().update(_id, _olds, _news)
        return dynamic.UpdateResult({**(result.outs or {}), **_token(_olds)})


def _token(props: Props) -> Props:
    return {"token": props["token"]} if "token" in props else {}


class SystemAccountAccessToken(KonnectResource, module="konnect", name="SystemAccountAccessToken"):
    """An access token of a system account. Terraform: `konnect_system_account_access_token`.

    ``expires_at`` is an RFC 3339 date-time with whole seconds. A change of ``expires_at`` or
    ``account_id`` replaces the token. If ``name`` stays the same, the old token is deleted first,
    because a name is unique in its account. To keep both tokens during a rotation, change ``name``
    along with ``expires_at``: then the old token is deleted last.

    The time of a token's last use changes by itself, so it is not an output. Read it with
    ``get_system_account_access_tokens``. Source: `/v3/system-accounts/{id}/access-tokens`.
    """

    secret_outputs = ("token",)

    account_id: pulumi.Output[str]
    name: pulumi.Output[str]
    expires_at: pulumi.Output[str]
    token: pulumi.Output[str | None]
    """``spat_...``, always a Pulumi secret. None if adopted: Konnect returns a token only once."""
    created_at: pulumi.Output[str]
    updated_at: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        account_id: pulumi.Input[str],
        name: pulumi.Input[str],
        expires_at: pulumi.Input[str],
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(SystemAccountAccessTokenProvider(), resource_name, locals(), opts)
