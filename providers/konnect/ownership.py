"""The owner of a Konnect object: its organisation and geo, and the stack that created it.

Konnect answers 404 for any object of another organisation or geo, even with a valid token. So state
records both. An object is read, updated and deleted only with a token of the same organisation and
geo.

Konnect does not know stacks. After a crash, an object of this stack looks like one that someone
else created. So objects carry a mark: a label on control planes, a tag on core entities. An object
that can have neither belongs to the stack that owns its control plane or network, or whose mark is
in its name. The mark holds an id that only the stack's state has, so two stacks with the same name
on two backends have different marks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

LABEL: Final = "pulumi"
"""The key of the label that marks a control plane."""
TAG: Final = "pulumi:"
"""The prefix of the tag that marks a core entity. Users' tags may not begin with it."""
LABEL_LENGTH: Final = 63
"""The maximum length of a label's value, in characters."""


@dataclass(frozen=True)
class Organization:
    """A Konnect organisation. Source: `/v3/organizations/me`."""

    id: str
    name: str

    def __str__(self) -> str:
        return f"{self.name!r} ({self.id})"


@dataclass(frozen=True)
class Owner:
    """The mark of a stack on the objects that it creates.

    ``id`` is eight hexadecimal digits that only this stack's state has.
    """

    project: str
    stack: str
    id: str

    @classmethod
    def of(cls, project: str, stack: str, provider_id: str) -> Owner:
        """The owner of all objects that one `konnect.Provider` of a stack creates.

        ``provider_id`` is the engine's id of that provider resource. The engine generates it in
        the first update of the stack and keeps it in the stack's state.
        """
        return cls(project, stack, hashlib.sha256(provider_id.encode()).hexdigest()[:8])

    @classmethod
    def parse(cls, text: str) -> Owner:
        """The owner of a text ``project/stack/id``, the inverse of ``str``."""
        return cls(*text.split("/"))

    def __str__(self) -> str:
        return f"{self.project}/{self.stack}/{self.id}"

    @property
    def tag(self) -> str:
        """The tag on core entities. Kong allows no ``,`` and no ``/`` in a tag."""
        return f"{TAG}{self.project}:{self.stack}:{self.id}"

    @property
    def label(self) -> str:
        """The value of the label on control planes. Long names are cut, the id is not."""
        room = LABEL_LENGTH - len(self.id) - 1
        names = re.sub(r"[^A-Za-z0-9._-]", "-", f"{self.project}.{self.stack}")[:room]
        return f"{names}.{self.id}".lstrip("._-")


def owner_of_tags(tags: object) -> Owner | None:
    """The owner in the tags of a core entity, or None."""
    for tag in tags if isinstance(tags, list) else ():
        parts = str(tag).removeprefix(TAG).split(":")
        if str(tag).startswith(TAG) and len(parts) == 3:
            return Owner(*parts)
    return None


def without_marks(tags: object) -> Any:
    """``tags`` without the owner's tag."""
    if not isinstance(tags, list):
        return tags
    return [tag for tag in tags if not str(tag).startswith(TAG)]


def without_label(labels: object) -> Any:
    """``labels`` without the owner's label."""
    if not isinstance(labels, Mapping):
        return labels
    return {key: value for key, value in labels.items() if key != LABEL}
