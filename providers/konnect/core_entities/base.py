"""The base of all core entities: `/v2/control-planes/{id}/core-entities/`.

This API differs from Konnect's others. There is no PATCH: an update is a PUT of the whole entity.
A PUT creates an entity that does not exist. A DELETE of an entity that does not exist succeeds.
Timestamps are seconds since 1970. The published document describes no error body.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Final, Literal, TypeVar

import pulumi
from pydantic import Field, field_validator

from providers.base import model
from providers.base.errors import AmbiguousWriteError, MismatchError, TransportError
from providers.base.http import Json
from providers.base.model import IMMUTABLE, Inputs, Part, SetOf
from providers.konnect.client import Client
from providers.konnect.crud import PlacedProvider, plane_is_marked
from providers.konnect.ownership import TAG, Owner, without_marks
from providers.konnect.resource import KonnectResource

Tags = SetOf[str]
NAME_TAG: Final = "pulumi-name:"
"""The beginning of a tag with the name of the resource in the program."""
_LONGEST_TAG: Final = 128
Protocol = Literal[
    "http", "https", "grpc", "grpcs", "tcp", "tls", "tls_passthrough", "udp", "ws", "wss"
]


def name_tag(resource_name: str) -> str:
    """The tag of an entity whose resource has this name. Of a long name it has the end.

    An entity with it never becomes that of a resource with another name. Without it, a renamed
    resource takes over the entity of its old name, and the engine then deletes the entity.
    """
    return NAME_TAG + resource_name[-(_LONGEST_TAG - len(NAME_TAG)) :]


def name_of_tags(tags: Sequence[str] | None) -> str | None:
    """The name of the resource in the tags of an entity, or None."""
    named = [str(tag) for tag in tags if str(tag).startswith(NAME_TAG)] if tags else []
    return named[0].removeprefix(NAME_TAG) if named else None


class Reference(Part):
    """A link to another entity of the same control plane, by id."""

    id: str


class ControlPlaneInputs(Inputs):
    """Inputs of everything that belongs to a control plane."""

    control_plane_id: Annotated[str, IMMUTABLE, Field(min_length=1)]


class CoreEntityInputs(ControlPlaneInputs):
    """Inputs of every core entity."""

    tags: Tags = []

    @field_validator("tags")
    @classmethod
    def _unmarked(cls, tags: list[str]) -> list[str]:
        if marks := [tag for tag in tags if tag.startswith(TAG)]:
            raise ValueError(
                f"{', '.join(marks)}: tags that begin with {TAG!r} mark the stack that created an "
                "entity; delete them, the provider adds its own"
            )
        return tags


E = TypeVar("E", bound=ControlPlaneInputs)


def entities_path(control_plane_id: str, segment: str, id_: str = "") -> str:
    """The path of a collection of entities, or of one of them."""
    path = f"/v2/control-planes/{control_plane_id}/core-entities/{segment}"
    return f"{path}/{id_}" if id_ else path


class CoreEntityProvider(PlacedProvider[E]):
    """CRUD of a core entity.

    ``natural_key`` are the inputs that identify an entity in a list. If one of them has no value,
    the entity cannot be looked up.
    """

    root = "/v2/control-planes/{control_plane_id}/core-entities/"
    regional = True
    natural_key: ClassVar[tuple[str, ...]] = ("control_plane_id", "name")
    outputs: ClassVar[tuple[str, ...]] = ("created_at", "updated_at")

    def marked(self, client: Client, remote: Json, inputs: E, owner: Owner) -> bool:
        """Whether the entity's tags name the owner; without tags, its control plane decides."""
        if isinstance(inputs, CoreEntityInputs):
            return owner.tag in (remote.get("tags") or [])
        return plane_is_marked(client, inputs.control_plane_id, owner)

    def same_owner(self, client: Client, remote: Json, inputs: E) -> bool:
        """Raises MismatchError for an entity whose tag names another resource of the stack."""
        if not super().same_owner(client, remote, inputs):
            return False
        there = name_of_tags(remote.get("tags"))
        here = name_of_tags(inputs.tags) if isinstance(inputs, CoreEntityInputs) else None
        if there is not None and here is not None and there != here:
            raise MismatchError(
                f"{self.called(inputs)} ({self.id_of(remote)}) is the resource {there} of this "
                f"stack and is declared as {here}: it would be deleted with the old name. Write "
                "the key and the name that it had. What Konnect has once, as an address or a "
                "certificate, is declared once; else give the new one another name in Konnect"
            )
        return True

    def body(self, inputs: E) -> Json:
        body = super().body(inputs)
        if isinstance(inputs, CoreEntityInputs) and inputs.created_by is not None:
            body["tags"] = sorted({*inputs.tags, Owner.parse(inputs.created_by).tag})
        return body

    def remote_inputs(self, remote: Json) -> Json:
        seen = super().remote_inputs(remote)
        return {**seen, "tags": without_marks(seen["tags"])} if "tags" in seen else seen

    def same(self, entity: Json, inputs: E) -> bool:
        """Whether a listed entity has the natural key of these inputs."""
        keys = [name for name in self.natural_key if name not in self.owners]
        wanted = model.dump(inputs)
        return all(entity.get(name) == wanted[name] for name in keys)

    def identified(self, inputs: E) -> bool:
        """Whether the inputs have a complete natural key."""
        return all(getattr(inputs, name) is not None for name in self.natural_key)

    def listed(self, client: Client, path: str, action: str) -> list[Json]:
        """All entities of the collection, from every page."""
        return client.list_entities(path, action)

    def find(self, client: Client, inputs: E) -> Json | None:
        if not self.identified(inputs):
            return None
        props = model.dump(inputs)
        found = self.listed(client, self.path(props), f"looking for {self.called(inputs)}")
        match = next((item for item in found if self.same(item, inputs)), None)
        return match and self.answered(match, props)

    def post(self, client: Client, inputs: E) -> Json:
        try:
            return super().post(client, inputs)
        except AmbiguousWriteError as error:
            if self.identified(inputs):
                raise
            # The entity cannot be looked up, so a retry could create a second one.
            missing = " and ".join(n for n in self.natural_key if getattr(inputs, n) is None)
            advice = f"Check whether it exists, and write its {missing}, by which it can be found"
            raise TransportError(f"{error}. {advice}") from None

    def change(self, client: Client, id_: str, inputs: E, changed: Sequence[str]) -> Json:
        """Update with a PUT of the whole entity."""
        props = model.dump(inputs)
        action = f"updating {self.called(inputs)}"
        remote = client.put(self.path(props, id_), action, self.body(inputs), regional=True)
        return self.answered(remote, props)


class CoreEntity(KonnectResource):
    """Outputs of every core entity."""

    control_plane_id: pulumi.Output[str]
    tags: pulumi.Output[Sequence[str]]
    created_at: pulumi.Output[int]
    """Seconds since 1970, as all timestamps of the core entities' API."""
    updated_at: pulumi.Output[int]
