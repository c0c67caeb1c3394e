"""CRUD of Konnect objects: their client, scope, ownership, deleted states, and paths."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Generic, TypeVar
from urllib.parse import quote

from providers.base import model
from providers.base.crud import CrudProvider
from providers.base.errors import BadRequestError, ProviderError
from providers.base.http import Answer, Json
from providers.base.model import Inputs, Props
from providers.konnect.client import Client, Connection, client_for
from providers.konnect.ownership import LABEL, Organization, Owner

M = TypeVar("M", bound=Inputs)

GONE_STATES: Final = frozenset({"terminating", "terminated"})
"""States of objects that are still listed but count as deleted."""


class KonnectResourceProvider(CrudProvider[M, Client], Generic[M]):
    """CRUD of one Konnect resource type."""

    service = "Konnect"
    vendor = "konnect"
    scope_names = ("organization_id", "geo")

    def client(self) -> Client:
        return client_for(
            Connection.resolve(
                self.setting("token"), self.setting("server_url"), self.setting("geo")
            )
        )

    def scope(self, client: Client) -> Props:
        organization = client.organization
        return {
            "organization_id": organization.id,
            "organization_name": organization.name,
            "geo": client.connection.geo,
        }

    def scope_mismatch(self, id_: str, recorded: Props, scope: Props) -> str:
        def place(of: Props) -> str:
            organization = Organization(of["organization_id"], of.get("organization_name", ""))
            return f"organisation {organization} in geo {of['geo']}"

        return (
            f"{self.noun} {id_} is of {place(recorded)}, and this provider has a token of "
            f"{place(scope)}. Nothing was read, changed or deleted. Use a token of the first "
            "(KONNECT_TOKEN or konnect:token) and its geo; a stack stays in its geo for life"
        )

    def same_owner(self, client: Client, remote: Json, inputs: M) -> bool:
        return inputs.created_by is not None and self.marked(
            client, remote, inputs, Owner.parse(inputs.created_by)
        )

    def marked(self, client: Client, remote: Json, inputs: M, owner: Owner) -> bool:
        """Whether the object has the owner's mark. By default: whether its name contains the id."""
        return owner.id in str(remote.get("name", ""))

    def gone(self, remote: Json) -> bool:
        return remote.get("state") in GONE_STATES

    def living(
        self, client: Client, path: str, name: str, *, regional: bool = False
    ) -> Json | None:
        """The object of a collection with this name, or None. Ignores GONE_STATES."""
        action = f"looking for {self.noun} {name!r}"
        query = {"filter[name][eq]": name}
        for item in client.list_all(path, action, query, regional=regional):
            if item["name"] == name and item.get("state") not in GONE_STATES:
                return item
        return None

    def send_delete(self, client: Client, path: str, label: str, id_: str, props: Props) -> None:
        """DELETE. A 400 is ignored if an earlier DELETE whose response was lost took effect."""
        try:
            client.delete(path, f"deleting {label}")
        except BadRequestError:
            if self.fetch(client, id_, props)["state"] not in GONE_STATES:
                raise


def plane_is_marked(client: Client, control_plane_id: str, owner: Owner) -> bool:
    """Whether the owner created a control plane. Objects below it then are the owner's too."""
    path, action = f"/v2/control-planes/{control_plane_id}", "looking whose a control plane is"
    labels = client.get(path, action, regional=True).get("labels") or {}
    return bool(labels.get(LABEL) == owner.label)


class PlacedProvider(KonnectResourceProvider[M]):
    """CRUD of an object in a collection with a path.

    ``root`` and ``segment`` together are the path of the collection. Inputs in braces name its
    parents (``upstreams/{upstream_id}/targets``). ``imported_by`` is the key of the object's id in
    Terraform's import id, which also holds the parents. ``regional`` selects the host of the geo.
    """

    root: ClassVar[str]
    segment: ClassVar[str]
    regional: ClassVar[bool] = False
    imported_by: ClassVar[str] = "id"

    @property
    def owners(self) -> tuple[str, ...]:
        """The inputs in the path. No request body and no response holds them."""
        fields = string.Formatter().parse(self.root + self.segment)
        return tuple(name for _, name, _, _ in fields if name)

    def path(self, props: Mapping[str, Any], id_: str = "") -> str:
        """The path of the collection, or of one of its objects."""
        path = (self.root + self.segment).format_map(props)
        return f"{path}/{quote(id_, safe='')}" if id_ else path

    def called(self, inputs: M) -> str:
        """The object's name in messages: its noun and natural key, without credentials."""
        shown = [
            repr(str(value))
            for name in self.natural_key
            if name not in self.owners
            and not self.Inputs.traits(name) & model.CREDENTIALS
            and (value := getattr(inputs, name)) is not None
        ]
        return f"{self.noun} {' '.join(shown) or 'without a name'}"

    def body(self, inputs: M) -> Json:
        """The request body of the POST."""
        return inputs.body(*self.owners)

    def answered(self, remote: Json, props: Mapping[str, Any]) -> Json:
        """A response, completed with the inputs in the path."""
        return Answer({**remote, **{name: props[name] for name in self.owners}})

    def post(self, client: Client, inputs: M) -> Json:
        props = model.dump(inputs)
        action = f"creating {self.called(inputs)}"
        remote = client.post(self.path(props), action, self.body(inputs), regional=self.regional)
        return self.answered(remote, props)

    def fetch(self, client: Client, id_: str, props: Props) -> Json:
        path, action = self.path(props, id_), f"reading {self.noun} {id_}"
        return self.answered(client.get(path, action, regional=self.regional), props)

    def remove(self, client: Client, id_: str, props: Props) -> None:
        path, action = self.path(props, id_), f"deleting {self.noun} {id_}"
        client.delete(path, action, regional=self.regional)

    def import_id(self, text: str) -> tuple[str, Props]:
        """Split Terraform's JSON with the id and the parents, or a bare id.

        Raises ProviderError for JSON with other keys.
        """
        if not text.lstrip().startswith("{"):
            return text, {}
        try:
            parts = json.loads(text)
            return str(parts[self.imported_by]), {name: str(parts[name]) for name in self.owners}
        except (ValueError, KeyError):
            form = json.dumps(dict.fromkeys((self.imported_by, *self.owners), "..."))
            raise ProviderError(f"adopt_existing_id {text!r} is not {form}") from None
