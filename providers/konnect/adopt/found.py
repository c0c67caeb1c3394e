"""The objects to adopt: for each its class, its import id and its inputs.

Terraform's state and Konnect's answers both hold more than somebody wrote: nulls, defaults and
fields that the server adds. These are left out, so that the program reads as if it had been
written by hand.
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
    partial_credentials,
    partial_places,
    plugin_credentials,
)
from providers.konnect.crud import KonnectResourceProvider, PlacedProvider

UNREADABLE: Final = "unreadable"
"""The placeholder of a value that Konnect never returns. The program asks for the value."""


@dataclass(frozen=True)
class Adopted:
    """An object that the program adopts."""

    resource: str
    """The class in `providers.konnect`."""
    import_id: str
    inputs: Props
    label: str
    """Its name, from which its variable gets a name."""
    source: str
    """Where it was found, for the report."""
    id: str | None = None
    """The id by which other objects refer to it; None when none can."""
    managed_partial: str | None = None
    """Of an add-on: the id of the Redis partial that Konnect made for it."""
    sensitive: frozenset[str] = frozenset()
    """Values that Terraform marks as sensitive."""


@dataclass(frozen=True)
class LeftOut:
    """An object that is not adopted, and why."""

    source: str
    reason: str


@dataclass
class Found:
    """Everything that was found, and notes for the report."""

    adopted: list[Adopted] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(
        self, resource: str, inputs: Mapping[str, Any], label: str, source: str, **more: Any
    ) -> None:
        """Add an object to adopt, or leave it out with the reason if its inputs are not valid."""
        given = without_nulls(inputs)
        if resource == "GatewayPlugin":
            given = without_filled(given)
        known = inputs_of(resource)
        for name in known.named(WRITE_ONLY):
            if known.model_fields[name].is_required():
                given.setdefault(name, UNREADABLE)
        checked = model.check(known, given)
        if checked.failures:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in checked.failures)
            self.left_out.append(LeftOut(source, f"its inputs are not valid here: {reasons}"))
            return
        kept = without_defaults(known, checked.inputs)
        self.adopted.append(Adopted(resource, inputs=kept, label=label, source=source, **more))


@cache
def providers() -> Mapping[str, type[Any]]:
    """The provider class of each resource class in `providers.konnect`, by name."""
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


_ID_OF_ANOTHER: Final = frozenset(
    {"CloudGatewayConfiguration", "GatewayControlPlaneMembership", "ServerlessCloudGateway"}
)
"""Resources whose id is that of another object: the control plane or the group."""


def import_id(resource: str, known: Mapping[str, Any]) -> str:
    """Terraform's import id: the id, or JSON with the ids of its parents as well."""
    provider = provider_of(resource)()
    if not isinstance(provider, PlacedProvider):
        return str(known["id"])
    keys = dict.fromkeys((provider.imported_by, *provider.owners))
    if len(keys) == 1:
        return str(known[provider.imported_by])
    return json.dumps({key: known[key] for key in keys})


def own_id(resource: str, known: Mapping[str, Any]) -> str | None:
    """The id by which other objects refer to it, or None."""
    provider = provider_of(resource)
    named_by_id = getattr(provider, "imported_by", "id") == "id"
    return known.get("id") if named_by_id and resource not in _ID_OF_ANOTHER else None


def without_nulls(value: Any) -> Any:
    """``value`` without the keys that hold None, at every depth."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [without_nulls(item) for item in value]
    return value


def without_defaults(known: type[Inputs], inputs: Props) -> Props:
    """Checked inputs without those that have the model's default."""
    defaults = known.defaults()
    return {name: value for name, value in inputs.items() if value != defaults.get(name)}


def without_filled(inputs: Props) -> Props:
    """A plugin's inputs without the fields that its partials fill: Konnect may return these too."""
    config = json.loads(json.dumps(inputs.get("config") or {}))
    known = [*partial_places(inputs["name"]).values()]
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


# Which values are credentials.

_CREDENTIAL_NAME: Final = re.compile(r"(^|_)(password|secret|token|api_?key)$")
_SENT_ALONG: Final = ("headers", "post_args")
"""Ends of the paths of mappings that plugins send with a request and that may hold a token."""


def secrets(adopted: Adopted) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(path, value) of each credential, which must not be written into a program."""
    known = inputs_of(adopted.resource)
    for name, value in adopted.inputs.items():
        traits = known.traits(name)
        is_credential = bool(traits & model.CREDENTIALS)
        encrypted = _encrypted(adopted) if model.SECRET in traits else _nothing
        for path, text, hidden in _strings(value, (name,), "", is_credential, encrypted):
            if (hidden or text in adopted.sensitive) and text and not is_reference(text):
                yield path, text


def _nothing(_: str) -> bool:
    return False


def _encrypted(adopted: Adopted) -> Encrypted:
    """Which fields of a config Kong encrypts, or have the name of a credential."""
    inputs = adopted.inputs
    if adopted.resource == "GatewayPlugin":
        known = encrypted_in(plugin_credentials, inputs["name"])
    elif adopted.resource == "GatewayPartial":
        known = encrypted_in(partial_credentials, inputs["type"])
    else:
        known = encrypted_in(lambda kind: None, inputs["name"])

    def encrypted(path: str) -> bool:
        above, _, last = path.rpartition(".")
        return known(path) or bool(_CREDENTIAL_NAME.search(last)) or above.endswith(_SENT_ALONG)

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
