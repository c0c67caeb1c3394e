"""Whose an object is: the organisation and geo that it is in, and the stack that created it.

Konnect answers 404 for everything of another organisation or geo, also with a valid token. So both
are recorded in state, and an object is read, changed and deleted with a token of the same only.

Konnect does not know stacks. An object that a crash left behind and one that somebody else made
look alike, unless it carries a mark: a label on control planes, a tag on core entities. What has
neither belongs to the stack whose control plane or network it hangs on, or whose mark is in its
name. The mark holds an id that is in the stack's state only, so two stacks of one name on two
backends have two marks.
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
"""The beginning of the tag that marks a core entity. Users' tags may not begin with it."""
LABEL_LENGTH: Final = 63
"""Characters that a label's value may have."""


@dataclass(frozen=True)
class Organization:
    """A Konnect organisation. Source: `/v3/organizations/me`."""

    id: str
    name: str

    def __str__(self) -> str:
        return f"{self.name!r} ({self.id})"


@dataclass(frozen=True)
class Owner:
    """A stack, as it marks what it creates.

    ``id`` are eight hexadecimal digits that no other state holds.
    """

    project: str
    stack: str
    id: str

    @classmethod
    def of(cls, project: str, stack: str, provider_id: str) -> Owner:
        """The owner of everything that one `konnect.Provider` of a stack creates.

        ``provider_id`` is the engine's id of that provider resource. The engine makes it up when
        the stack is first updated, and keeps it in the stack's state.
        """
        return cls(project, stack, hashlib.sha256(provider_id.encode()).hexdigest()[:8])

    @classmethod
    def parse(cls, text: str) -> Owner:
        """The owner that ``str`` of one was."""
        return cls(*text.split("/"))

    def __str__(self) -> str:
        return f"{self.project}/{self.stack}/{self.id}"

    @property
    def tag(self) -> str:
        """The tag on core entities. Kong's tags take neither ``,`` nor ``/``."""
        return f"{TAG}{self.project}:{self.stack}:{self.id}"

    @property
    def label(self) -> str:
        """The value of the label on control planes. A long one is cut; the id stays."""
        room = LABEL_LENGTH - len(self.id) - 1
        names = re.sub(r"[^A-Za-z0-9._-]", "-", f"{self.project}.{self.stack}")[:room]
        return f"{names}.{self.id}".lstrip("._-")


def owner_of_tags(tags: object) -> Owner | None:
    """The owner that the tags of a core entity name, if they do."""
    for tag in tags if isinstance(tags, list) else ():
        parts = str(tag).removeprefix(TAG).split(":")
        if str(tag).startswith(TAG) and len(parts) == 3:
            return Owner(*parts)
    return None


def without_marks(tags: object) -> Any:
    """Tags as users write them."""
    if not isinstance(tags, list):
        return tags
    return [tag for tag in tags if not str(tag).startswith(TAG)]


def without_label(labels: object) -> Any:
    """Labels as users write them."""
    if not isinstance(labels, Mapping):
        return labels
    return {key: value for key, value in labels.items() if key != LABEL}
