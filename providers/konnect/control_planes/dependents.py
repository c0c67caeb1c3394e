"""A guard that refuses to delete a gateway while other stacks have APIs in it.

Konnect's documents name no refusal to delete a control plane that is in use, and Pulumi knows the
resources of only one stack. So this resource is created last and deleted first. Its delete lists
the APIs in Konnect and names the stacks that created them. It has no object in Konnect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pulumi
from pulumi import dynamic

from providers.base import model
from providers.base.errors import DependentsError, NotFoundError
from providers.base.http import Json
from providers.base.model import Inputs, Props
from providers.konnect.client import Client
from providers.konnect.core_entities.base import entities_path
from providers.konnect.crud import KonnectResourceProvider
from providers.konnect.ownership import Owner, owner_of_tags
from providers.konnect.resource import KonnectResource

KINDS: Final = {"services": "service", "routes": "route", "consumers": "consumer"}
"""The collections that make up an API, and the noun of one entity in messages."""
SHOWN: Final = 5
"""Entities that a message names per owner. It only counts the others."""


class GatewayDependentsInputs(Inputs):
    """The control planes to guard, by any key that does not change."""

    control_plane_ids: dict[str, str]


class GatewayDependentsProvider(KonnectResourceProvider[GatewayDependentsInputs]):
    """CRUD of the guard. Only a delete, or an update that drops control planes, lists APIs."""

    Inputs = GatewayDependentsInputs
    noun = "guard of dependents"
    natural_key = ()
    outputs = ()

    def create(self, props: Props) -> dynamic.CreateResult:
        with self._short_errors(props):
            outputs = {**model.dump(self._parse(props)), **self.scope(self.client())}
            return dynamic.CreateResult("dependents", outputs)

    def read(self, id_: str, props: Props) -> dynamic.ReadResult:
        with self._short_errors(props):
            scope = self._require_scope(id_, props)
            recorded = {name: props[name] for name in self.Inputs.model_fields if name in props}
            seen = model.dump(self._parse(recorded))
            return dynamic.ReadResult(id_, {**seen, **scope}, seen)

    def update(self, _id: str, _olds: Props, _news: Props) -> dynamic.UpdateResult:
        """Check the control planes that are no longer in the inputs: they are deleted next."""
        staying = _news["control_plane_ids"].values()
        before = _olds["control_plane_ids"].items()
        leaving = {key: id_ for key, id_ in before if id_ not in staying}
        with self._short_errors(_olds):
            scope = self._require_scope(_id, _olds)
            self.remove(self.client(), _id, {**_olds, "control_plane_ids": leaving})
            return dynamic.UpdateResult({**model.dump(self._parse(_news)), **scope})

    def remove(self, client: Client, id_: str, props: Props) -> None:
        """Check the control planes. Raises DependentsError if one holds APIs of other stacks."""
        own = props.get("created_by")
        found = [
            f"in {key} ({plane}) {said}"
            for key, plane in sorted(props["control_plane_ids"].items())
            for said in _dependents(client, plane, None if own is None else Owner.parse(own))
        ]
        if found:
            raise DependentsError(
                f"this gateway is in use, and nothing of it was deleted: {'; '.join(found)}. "
                "Run `pulumi destroy` in each of these projects first, and delete in Konnect what "
                "is of no stack. To delete the gateway in spite of them, take this guard out of "
                "the state (`pulumi state delete`) and run it again"
            )


def _dependents(client: Client, plane: str, own: Owner | None) -> Iterator[str]:
    """A text per other owner of entities in a control plane. A deleted control plane has none."""
    owned: dict[str, list[str]] = {}
    for collection, kind in KINDS.items():
        action = f"looking whether control plane {plane} is in use"
        try:
            entities = client.list_entities(entities_path(plane, collection), action)
        except NotFoundError:
            return
        for entity in entities:
            if own is not None and owner_of_tags(entity.get("tags")) == own:
                continue  # of the gateway's stack itself: a health route
            name = entity.get("name") or entity.get("username") or entity["id"]
            owned.setdefault(_owner(entity), []).append(f"{kind} {name}")
    for owner, names in sorted(owned.items()):
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield f"{owner} has {', '.join(names[:SHOWN])}{more}"


def _owner(entity: Json) -> str:
    owner = owner_of_tags(entity.get("tags"))
    return f"{owner.project} (stack {owner.stack})" if owner else "no stack (by their tags)"


class GatewayDependents(KonnectResource, module="konnect", name="GatewayDependents"):
    """Refuses to delete a gateway while other stacks have APIs in it.

    ``control_plane_ids`` maps keys that do not change to ids. Pass all guarded resources in
    ``opts.depends_on``, so that the guard is deleted before them. A delete, or an update that drops
    a control plane, raises DependentsError with the stacks that created the APIs. Terraform has no
    such resource.
    Source: `core-entities/services`, `routes`, `consumers`.
    """

    control_plane_ids: pulumi.Output[Mapping[str, str]]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_ids: pulumi.Input[Mapping[str, pulumi.Input[str]]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayDependentsProvider(), resource_name, locals(), opts)
