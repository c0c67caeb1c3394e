"""The base of what a control plane is configured with: `/v2/control-planes/{id}/core-entities/`.

These entities know no PATCH (every change is a PUT of the whole), a PUT creates what is not
there, a DELETE of what is gone succeeds, timestamps are epoch seconds, and the published
document names no error body.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import pulumi
from pydantic import Field

from providers.konnect import model
from providers.konnect.client import Client
from providers.konnect.dynamic import Json, KonnectResource, KonnectResourceProvider
from providers.konnect.errors import AmbiguousWriteError, KonnectError, TransportError
from providers.konnect.model import IMMUTABLE, Inputs, Part, Props, SetOf

Tags = SetOf[str]
Protocol = Literal[
    "http", "https", "grpc", "grpcs", "tcp", "tls", "tls_passthrough", "udp", "ws", "wss"
]


class Reference(Part):
    """A link to another entity of the same control plane, by id."""

    id: str


class ControlPlaneInputs(Inputs):
    """What everything has that a control plane holds."""

    control_plane_id: Annotated[str, IMMUTABLE, Field(min_length=1)]


class CoreEntityInputs(ControlPlaneInputs):
    """What every core entity has."""

    tags: Tags = []


E = TypeVar("E", bound=ControlPlaneInputs)


def entities_path(control_plane_id: str, segment: str, id_: str = "") -> str:
    """The path of a collection of entities, or of one of them."""
    path = f"/v2/control-planes/{control_plane_id}/core-entities/{segment}"
    return f"{path}/{id_}" if id_ else path


class CoreEntityProvider(KonnectResourceProvider[E]):
    """CRUD of a core entity.

    A subclass says the path ``segment``, with the ``parents`` of a nested entity in braces
    (``upstreams/{upstream_id}/targets``), and the ``natural_key``: the inputs by which one
    is looked up. Without a value in all of them it cannot be looked up.
    """

    segment: ClassVar[str]
    parents: ClassVar[tuple[str, ...]] = ()
    natural_key: ClassVar[tuple[str, ...]] = ("control_plane_id", "name")
    outputs: ClassVar[tuple[str, ...]] = ("created_at", "updated_at")

    def path(self, props: Mapping[str, Any], id_: str = "") -> str:
        """The path of the collection, or of one of its entities."""
        return entities_path(props["control_plane_id"], self.segment.format_map(props), id_)

    def same(self, entity: Json, inputs: E) -> bool:
        """Whether a listed entity is the one with these inputs' natural key."""
        keys = [name for name in self.natural_key if name not in self._owners]
        wanted = model.dump(inputs)
        return all(entity.get(name) == wanted[name] for name in keys)

    def identified(self, inputs: E) -> bool:
        """Whether the inputs hold a natural key at all."""
        return all(getattr(inputs, name) is not None for name in self.natural_key)

    def body(self, inputs: E) -> Json:
        """The request body: everything that is sent, since a PUT replaces the whole."""
        return inputs.body(*self._owners)

    def answered(self, remote: Json, props: Mapping[str, Any]) -> Json:
        """An answer with what only the path tells."""
        return {**remote, **{name: props[name] for name in self._owners}}

    def find(self, client: Client, inputs: E) -> Json | None:
        if not self.identified(inputs):
            return None
        props = model.dump(inputs)
        found = client.list_entities(self.path(props), f"looking for {self.called(inputs)}")
        match = next((item for item in found if self.same(item, inputs)), None)
        return match and self.answered(match, props)

    def post(self, client: Client, inputs: E) -> Json:
        props = model.dump(inputs)
        action = f"creating {self.called(inputs)}"
        try:
            remote = client.post(self.path(props), action, self.body(inputs), regional=True)
        except AmbiguousWriteError as error:
            if self.identified(inputs):
                raise
            # It cannot be looked up, so sending it again could make a second one.
            advice = "Look whether it is there, and give it a name: it is found by that"
            raise TransportError(f"{error}. {advice}") from None
        return self.answered(remote, props)

    def fetch(self, client: Client, id_: str, props: Props) -> Json:
        path, action = self.path(props, id_), f"reading {self.noun} {id_}"
        return self.answered(client.get(path, action, regional=True), props)

    def change(self, client: Client, id_: str, inputs: E, changed: Sequence[str]) -> Json:
        props = model.dump(inputs)
        action = f"changing {self.called(inputs)}"
        remote = client.put(self.path(props, id_), action, self.body(inputs), regional=True)
        return self.answered(remote, props)

    def remove(self, client: Client, id_: str, props: Props) -> None:
        client.delete(self.path(props, id_), f"deleting {self.noun} {id_}", regional=True)

    def import_id(self, text: str) -> tuple[str, Props]:
        """Terraform's ``{"id": "...", "control_plane_id": "..."}``, or a bare id.

        The JSON of a nested entity names its parents as well.
        """
        if not text.lstrip().startswith("{"):
            return text, {}
        try:
            parts = json.loads(text)
            return str(parts["id"]), {name: str(parts[name]) for name in self._owners}
        except (ValueError, KeyError):
            form = json.dumps(dict.fromkeys(("id", *self._owners), "..."))
            raise KonnectError(f"adopt_existing_id {text!r} is not {form}") from None

    def called(self, inputs: E) -> str:
        """The entity in messages, by its natural key unless that is a credential."""
        shown = [
            str(value)
            for name in self.natural_key
            if name not in self._owners
            and not self.Inputs.traits(name) & model.CREDENTIALS
            and (value := getattr(inputs, name)) is not None
        ]
        return f"{self.noun} {' '.join(map(repr, shown)) or 'without a name'}"

    @property
    def _owners(self) -> tuple[str, ...]:
        return ("control_plane_id", *self.parents)


class CoreEntity(KonnectResource):
    """What the program sees of every core entity."""

    control_plane_id: pulumi.Output[str]
    tags: pulumi.Output[Sequence[str]]
    created_at: pulumi.Output[int]
    """Seconds since 1970, as everything that is dated by the core entities' API."""
    updated_at: pulumi.Output[int]
