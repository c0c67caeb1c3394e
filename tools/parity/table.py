"""The table `providers/konnect/parity.yaml`: where each attribute of Terraform is here.

The flags of an attribute in Terraform are not in the table: `schema` has them.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from tools.engine import CHECKOUT

TABLE: Final = CHECKOUT / "providers" / "konnect" / "parity.yaml"

Flag = Literal["required", "optional", "computed", "replaces", "sensitive", "set"]
Flags = frozenset[Flag]
FLAGS: Final[tuple[Flag, ...]] = get_args(Flag)


class Closed(BaseModel):
    """A part of the table, in which a key that is misspelled is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Attribute(Closed):
    """One attribute of Terraform. ``ours`` is empty where the name is the same here.

    ``replaces``: in Terraform a change of it replaces the object. ``here`` are the flags that it
    has here, where they differ from Terraform's; ``differs`` says why.
    """

    replaces: bool = False
    ours: str = ""
    here: Flags | None = None
    differs: str = ""

    @model_validator(mode="before")
    @classmethod
    def _bare_replaces_is_true(cls, written: Any) -> Any:
        if "replaces" in written and written["replaces"] is None:
            return {**written, "replaces": True}
        return written

    @model_validator(mode="after")
    def _a_difference_is_explained(self) -> Attribute:
        if self.here is not None and not self.differs:
            raise ValueError("`here` has other flags than Terraform: `differs` must say why")
        return self


class Entry(Closed):
    """What resources and look-ups share."""

    better: list[str]
    repeated: Mapping[str, list[str]] = {}
    attributes: Mapping[str, Attribute]

    def rows(self) -> Iterator[tuple[str, str, Attribute]]:
        """(Terraform's path, path here, attribute) of each row, with every <word> replaced."""
        for path, attribute in self.attributes.items():
            words = [word for word in self.repeated if f"<{word}>" in path]
            for names in itertools.product(*(self.repeated[word] for word in words)):
                full, ours = path, attribute.ours or path
                for word, name in zip(words, names, strict=True):
                    full = full.replace(f"<{word}>", name)
                    ours = ours.replace(f"<{word}>", name)
                yield full, ours, attribute


class ResourceEntry(Entry):
    """A resource of Terraform and the class that stands for it here."""

    resource: str
    import_id: str
    depends: list[str] = []
    ours_only: list[str] = []


class LookupEntry(Entry):
    """A data source of Terraform and the function that stands for it here."""

    function: str


class Table(Closed):
    """All of `parity.yaml`."""

    shared: Mapping[str, Any]
    resources: Mapping[str, ResourceEntry]
    resources_ours_only: list[str]
    lookups: Mapping[str, LookupEntry]
    lookups_ours_only: list[str]
    out_of_scope: Mapping[str, list[str]]


@functools.cache
def load() -> Table:
    """The table. Raises pydantic's ValidationError when it does not have this form."""
    return Table.model_validate(yaml.safe_load(TABLE.read_text(encoding="utf-8")))


def count(entries: Mapping[str, Entry]) -> int:
    """The number of attributes of all entries."""
    return sum(len(list(entry.rows())) for entry in entries.values())
