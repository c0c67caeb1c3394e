"""What is taken over, in one form whatever it was read from: a class, an import id, its inputs.

Terraform and Konnect both return more than was written: nulls, defaults, what the server adds.
What says nothing is left out, by the resource's own model, so that a program reads as if it
had been written by hand.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from providers.base import model
from providers.base.model import WRITE_ONLY, Inputs, Props
from providers.base.sealed import Encrypted, encrypted_in, is_reference
from providers.konnect.core_entities.plugin_facts import (
    PARTIAL_CREDENTIALS,
    PARTIAL_PATHS,
    PLUGIN_CREDENTIALS,
)
from providers.konnect.crud import KonnectResourceProvider, PlacedProvider

UNREADABLE: Final = "unreadable"
"""Stands for a value that Konnect never returns, until the program replaces it."""


@dataclass(frozen=True)
class Adopted:
    """An object that the program takes over."""

    resource: str
    """The class in `providers.konnect`."""
    import_id: str
    inputs: Props
    label: str
    """What it is called, for the name of its variable."""
    source: str
    """Where it was found, for people."""
    id: str | None = None
    """The id by which other objects refer to it; None when nothing does."""
    managed_partial: str | None = None
    """Of an add-on: the id of the Redis partial that Konnect made for it."""
    sensitive: frozenset[str] = frozenset()
    """Values that Terraform marks as sensitive."""


@dataclass(frozen=True)
class LeftOut:
    """An object that is not taken over, and why."""

    source: str
    reason: str


@dataclass
class Found:
    """Everything that was found, and what the reader should know about it."""

    adopted: list[Adopted] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(
        self, resource: str, inputs: Mapping[str, Any], label: str, source: str, **more: Any
    ) -> None:
        """Take an object over by all that is known of it, unless its inputs are not valid."""
        given = without_nulls(inputs)
        if resource == "GatewayPlugin":
            given = without_filled(given)
        known = inputs_of(resource)
        for name in known.named(WRITE_ONLY):
            if known.model_fields[name].is_required():
                given.setdefault(name, UNREADABLE)
        checked = model.check(known, given)
        if checked.failures:
            said = "; ".join(f"{name}: {reason}" for name, reason in checked.failures)
            self.left_out.append(LeftOut(source, f"its inputs are not valid here: {said}"))
            return
        kept = without_defaults(known, checked.inputs)
        self.adopted.append(Adopted(resource, inputs=kept, label=label, source=source, **more))


@cache
def providers() -> Mapping[str, type[Any]]:
    """Resource class -> provider class, of everything that `providers.konnect` has."""
    concrete = (cls for cls in _below(KonnectResourceProvider) if hasattr(cls, "Inputs"))
    return {cls.__name__.removesuffix("Provider"): cls for cls in concrete}


def _below(cls: type[Any]) -> Iterator[type[Any]]:
    for child in cls.__subclasses__():
        yield child
        yield from _below(child)


def provider_of(resource: str) -> type[Any]:
    """The provider class of a resource class."""
    return providers()[resource]


def inputs_of(resource: str) -> type[Inputs]:
    """The model of a resource's inputs."""
    inputs: type[Inputs] = provider_of(resource).Inputs
    return inputs


_NOT_REFERRED_TO: Final = frozenset({"CloudGatewayConfiguration", "GatewayControlPlaneMembership"})
"""Resources whose id is another object's: the control plane's, or the group's."""


def import_id(resource: str, known: Mapping[str, Any]) -> str:
    """Terraform's import id: the bare id, or JSON with what else is in the path."""
    provider = provider_of(resource)()
    if not isinstance(provider, PlacedProvider):
        return str(known["id"])
    keys = dict.fromkeys((provider.imported_by, *provider.owners))
    if len(keys) == 1:
        return str(known[provider.imported_by])
    return json.dumps({key: known[key] for key in keys})


def own_id(resource: str, known: Mapping[str, Any]) -> str | None:
    """The id by which other objects refer to it, if they can."""
    provider = provider_of(resource)
    named_by_id = getattr(provider, "imported_by", "id") == "id"
    return known.get("id") if named_by_id and resource not in _NOT_REFERRED_TO else None


def without_nulls(value: Any) -> Any:
    """``value`` without the keys that hold nothing, at every depth."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [without_nulls(item) for item in value]
    return value


def without_defaults(known: type[Inputs], inputs: Props) -> Props:
    """Checked inputs without those that are the model's default."""
    fields = known.model_fields
    optional = (name for name, info in fields.items() if not info.is_required())
    least = {name: fields[name].get_default(call_default_factory=True) for name in optional}
    defaults = model.dump(known.model_construct(**least))
    return {name: value for name, value in inputs.items() if value != defaults.get(name)}


def without_filled(inputs: Props) -> Props:
    """A plugin's inputs without what its partials fill: answers may hold the merged values."""
    config = json.loads(json.dumps(inputs.get("config") or {}))
    known = [*PARTIAL_PATHS.get(inputs["name"], {}).values()]
    for link in inputs.get("partials") or []:
        path = link.get("path") or (known[0] if len(known) == 1 else "")
        *way, last = path.split(".")[1:] or [""]
        place = config
        for key in way:
            place = place.get(key) or {}
        place.pop(last, None)
    return {**inputs, "config": config}


def noun(resource: str) -> str:
    """``GatewayConsumerGroup`` -> ``consumer_group``, as Terraform ends its type."""
    return snake(resource).removeprefix("cloud_").removeprefix("gateway_")


def snake(name: str) -> str:
    """``CloudGatewayNetwork`` -> ``cloud_gateway_network``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def word(text: str) -> str:
    """Any name as a part of a Python identifier."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"\W+", "_", plain).strip("_")


# Which values are secrets.

_TELLING: Final = re.compile(r"(^|_)(password|secret|token|api_?key)$")
_FREE: Final = ("headers", "post_args")
"""Ends of the names of mappings with free keys, which plugins send along to prove themselves."""


def secrets(adopted: Adopted) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(path, value) of each input that must not be written into a program."""
    known = inputs_of(adopted.resource)
    for name, value in adopted.inputs.items():
        traits = known.traits(name)
        told = bool(traits & model.CREDENTIALS)
        encrypted = _encrypted(adopted) if model.SECRET in traits else _nothing
        for path, text, hidden in _strings(value, (name,), "", told, encrypted):
            if (hidden or text in adopted.sensitive) and text and not is_reference(text):
                yield path, text


def _nothing(_: str) -> bool:
    return False


def _encrypted(adopted: Adopted) -> Encrypted:
    """The fields of a config that Kong encrypts, and others that may hold a credential."""
    facts: Mapping[str, Mapping[str, frozenset[str]]] = {
        "GatewayPlugin": PLUGIN_CREDENTIALS,
        "GatewayPartial": PARTIAL_CREDENTIALS,
    }
    kind = "type" if adopted.resource == "GatewayPartial" else "name"
    known = encrypted_in(facts.get(adopted.resource, {}), adopted.inputs[kind])

    def encrypted(path: str) -> bool:
        above, _, last = path.rpartition(".")
        return known(path) or bool(_TELLING.search(last)) or above.endswith(_FREE)

    return encrypted


def _strings(
    value: Any, path: tuple[str | int, ...], field: str, hidden: bool, encrypted: Encrypted
) -> Iterator[tuple[tuple[str | int, ...], str, bool]]:
    """(path, text, whether it is a credential) of every string in ``value``."""
    if isinstance(value, str):
        yield path, value, hidden
    elif isinstance(value, dict):
        for key, item in value.items():
            below = f"{field}.{key}".removeprefix(".")
            yield from _strings(item, (*path, key), below, hidden or encrypted(below), encrypted)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strings(item, (*path, index), f"{field}[]", hidden, encrypted)
