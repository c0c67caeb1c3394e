"""The base of what a control plane is configured with: `/v2/control-planes/{id}/core-entities/`.

These entities know no PATCH (every change is a PUT of the whole), a PUT creates what is not
there, a DELETE of what is gone succeeds, timestamps are epoch seconds, and the published
document names no error body.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, ClassVar, TypeVar

from pydantic import Field

from providers.konnect.client import Client
from providers.konnect.dynamic import Json, KonnectResourceProvider
from providers.konnect.errors import AmbiguousWriteError, KonnectError, TransportError
from providers.konnect.model import IMMUTABLE, Inputs, Part, Props, SetOf

Tags = SetOf[str]


class Reference(Part):
    """A link to another entity of the same control plane, by id."""

    id: str


class CoreEntityInputs(Inputs):
    """What every core entity has."""

    control_plane_id: Annotated[str, IMMUTABLE, Field(min_length=1)]
    tags: Tags = []


E = TypeVar("E", bound=CoreEntityInputs)


def entities_path(control_plane_id: str, segment: str, id_: str = "") -> str:
    """The path of a collection of entities, or of one of them."""
    path = f"/v2/control-planes/{control_plane_id}/core-entities/{segment}"
    return f"{path}/{id_}" if id_ else path


class CoreEntityProvider(KonnectResourceProvider[E]):
    """CRUD of a core entity. A subclass says the path segment and how to look one up."""

    segment: ClassVar[str]
    natural_key = ("control_plane_id", "name")

    def same(self, entity: Json, inputs: E) -> bool:
        """Whether a listed entity is the one with these inputs' natural key."""
        name = getattr(inputs, "name", None)
        return name is not None and entity.get("name") == name

    def body(self, inputs: E) -> Json:
        """The request body: everything that is sent, since a PUT replaces the whole."""
        return inputs.body("control_plane_id")

    def find(self, client: Client, inputs: E) -> Json | None:
        path = entities_path(inputs.control_plane_id, self.segment)
        found = client.list_entities(path, f"looking for {self.noun} {self._called(inputs)}")
        match = next((item for item in found if self.same(item, inputs)), None)
        return match and {**match, "control_plane_id": inputs.control_plane_id}

    def post(self, client: Client, inputs: E) -> Json:
        path = entities_path(inputs.control_plane_id, self.segment)
        action = f"creating {self.noun} {self._called(inputs)}"
        try:
            remote = client.post(path, action, self.body(inputs), regional=True)
        except AmbiguousWriteError as error:
            if getattr(inputs, "name", None) is not None:
                raise
            # It cannot be looked up, so sending it again could make a second one.
            advice = "Look whether it is there, and give it a name: it is found by that"
            raise TransportError(f"{error}. {advice}") from None
        return {**remote, "control_plane_id": inputs.control_plane_id}

    def fetch(self, client: Client, id_: str, props: Props) -> Json:
        control_plane_id = props["control_plane_id"]
        path = entities_path(control_plane_id, self.segment, id_)
        remote = client.get(path, f"reading {self.noun} {id_}", regional=True)
        return {**remote, "control_plane_id": control_plane_id}

    def change(self, client: Client, id_: str, inputs: E, changed: Sequence[str]) -> Json:
        path = entities_path(inputs.control_plane_id, self.segment, id_)
        action = f"changing {self.noun} {self._called(inputs)}"
        remote = client.put(path, action, self.body(inputs), regional=True)
        return {**remote, "control_plane_id": inputs.control_plane_id}

    def remove(self, client: Client, id_: str, props: Props) -> None:
        path = entities_path(props["control_plane_id"], self.segment, id_)
        client.delete(path, f"deleting {self.noun} {id_}", regional=True)

    def computed(self, remote: Json) -> Json:
        return {}

    def import_id(self, text: str) -> tuple[str, Props]:
        """Terraform's ``{"id": "...", "control_plane_id": "..."}``, or a bare id."""
        if not text.lstrip().startswith("{"):
            return text, {}
        try:
            parts = json.loads(text)
            return str(parts["id"]), {"control_plane_id": str(parts["control_plane_id"])}
        except (ValueError, KeyError):
            raise KonnectError(
                f'adopt_existing_id {text!r} is not {{"id": "...", "control_plane_id": "..."}}'
            ) from None

    def _called(self, inputs: E) -> str:
        return repr(getattr(inputs, "name", None) or "without a name")
