"""Writes the program: one statement per object, each after the objects that it refers to.

The id of another object becomes a reference to its variable, in whatever field it is, so Pulumi
knows the dependencies. The text is formatted as `ruff format` does it.
"""

from __future__ import annotations

import inspect
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from providers.konnect.adopt.found import UNREADABLE, Adopted, noun, provider_of, secrets, word
from providers.konnect.core_entities.custom_plugin_schema import plugin_name

WIDTH: Final = 88
"""Characters in a line, as in ruff and black."""
LABEL_MAX: Final = 40
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Secret:
    """A credential that the program reads from the stack's configuration."""

    name: str
    source: str
    path: str
    value: str | None
    """None when Konnect does not return it."""


@dataclass(frozen=True)
class Program:
    """The text, and the secrets that must be set before it runs."""

    text: str
    secrets: tuple[Secret, ...]


@dataclass(frozen=True)
class _Code:
    """A Python expression in place of a value."""

    text: str


def write(found: Sequence[Adopted], origin: str) -> Program:
    """The program that adopts everything in ``found``. ``origin`` is where that was read from."""
    writer = _Writer(found)
    statements = list(writer.statements())
    asks = bool(writer.secrets)
    heading = [
        '"""Adopts existing Konnect objects. Afterwards `adopt_existing_id` may be deleted."""\n',
        f"# Read from {literal(origin)}.\n",
        *(["import pulumi\n"] if asks else []),
        "from multicloudgateway import konnect\n",
        *(["config = pulumi.Config()\n"] if asks else []),
    ]
    return Program("\n".join([*heading, *statements]), tuple(writer.secrets))


def commands(secrets: Sequence[Secret]) -> str:
    """A shell script that sets the secrets of a stack: ``sh FILE --stack NAME``.

    The values are piped, so that a list of processes does not show them.
    """
    lines = ["set -e"]
    for secret in secrets:
        if secret.value is None:
            lines.append(f"# {secret.name} is unknown: set it to {secret.path} of {secret.source}")
            continue
        value = shlex.quote(secret.value)
        lines.append(f'printf %s {value} | pulumi config set --secret --raw {secret.name} "$@"')
    return "\n".join(lines) + "\n"


def variables(found: Sequence[Adopted]) -> dict[str, Adopted]:
    """A Python name for each object: its label and its kind."""
    named: dict[str, Adopted] = {}
    for item in found:
        kind = noun(item.resource)
        label = word(item.label)[:LABEL_MAX].strip("_")
        if not label[:1].isalpha():
            name = f"{kind}_{label}".strip("_")
        else:
            name = label if label.endswith(kind) else f"{label}_{kind}"
        unique, number = name, 1
        while unique in named:
            number += 1
            unique = f"{name}_{number}"
        named[unique] = item
    return named


class _Writer:
    def __init__(self, found: Sequence[Adopted]) -> None:
        self.secrets: list[Secret] = []
        self._objects = variables(found)
        self._by_id = {item.id: name for name, item in self._objects.items() if item.id}
        self._addons = {
            item.managed_partial: name
            for name, item in self._objects.items()
            # Konnect makes no partial for the members of a group.
            if item.managed_partial and "control_plane_id" in item.inputs["owner"]
        }
        self._custom_plugins = {
            key: name
            for name, item in self._objects.items()
            if (key := _custom_plugin(item)) is not None
        }
        self._written: set[str] = set()
        self._under_way: set[str] = set()

    def statements(self) -> Iterator[str]:
        """All statements, each after those of the objects that it refers to."""
        for name in self._objects:
            yield from self._with_needs(name)

    def _with_needs(self, name: str) -> Iterator[str]:
        if name in self._under_way:
            return
        self._under_way.add(name)
        item = self._objects[name]
        custom = self._definition(item)
        if custom is not None:
            yield from self._with_needs(custom)
        partials = []
        for text in _texts(item.inputs):
            if text in self._by_id:
                yield from self._with_needs(self._by_id[text])
            elif text in self._addons:
                yield from self._with_needs(self._addons[text])
                partials.append(self._addons[text])
        for addon in partials:
            if _partial(addon) not in self._written:
                self._written.add(_partial(addon))
                yield self._look_up(addon)
        yield self._statement(name, item)
        self._written.add(name)

    def _statement(self, name: str, item: Adopted) -> str:
        hidden = {path: self._secret(name, item, path, value) for path, value in secrets(item)}
        module = sys.modules[provider_of(item.resource).__module__]
        known = inspect.signature(getattr(module, item.resource)).parameters
        arguments = {key: item.inputs[key] for key in known if key in item.inputs}
        custom = self._definition(item)
        if custom is not None and custom in self._written:
            # The id of a schema is the name of its plugin, and a preview always knows it.
            schema = self._objects[custom].resource == "GatewayCustomPluginSchema"
            arguments["name"] = _Code(f"{custom}.{'id' if schema else 'name'}")
        lines = [
            f"{name} = konnect.{item.resource}(",
            f"    {literal(name.replace('_', '-'))},",
            *(
                _line(f"    {key}=", self._tree(value, (key,), hidden), 4)
                for key, value in arguments.items()
            ),
            f"    adopt_existing_id={literal(item.import_id)},",
            ")",
        ]
        return "\n".join(lines) + "\n"

    def _definition(self, item: Adopted) -> str | None:
        """The variable of the custom plugin that a `GatewayPlugin` configures, or None."""
        if item.resource != "GatewayPlugin":
            return None
        return self._custom_plugins.get((item.inputs["control_plane_id"], item.inputs["name"]))

    def _look_up(self, addon: str) -> str:
        """The look-up of a managed cache's partial, which Konnect makes itself."""
        plane = self._tree(self._objects[addon].inputs["owner"]["control_plane_id"], (), {})
        lines = [
            f"{_partial(addon)} = konnect.get_managed_partial_output(",
            f"    {_inline(plane)},",
            f"    {addon}.ready.apply(lambda ready: ready.cache_config_id),",
            ")",
        ]
        return "\n".join(lines) + "\n"

    def _secret(self, name: str, item: Adopted, path: Path, value: str) -> _Code:
        words = "_".join(filter(None, (word(str(part)) for part in path)))
        secret = f"{name}_{words}"
        known = None if value == UNREADABLE else value
        where = ".".join(map(str, path))
        self.secrets.append(Secret(secret, item.source, where, known))
        return _Code(f"config.require_secret({literal(secret)})")

    def _tree(self, value: Any, path: Path, hidden: Mapping[Path, _Code]) -> Any:
        """``value`` with expressions in place of secrets and of other objects' ids."""
        if path in hidden:
            return hidden[path]
        if isinstance(value, dict):
            return {key: self._tree(item, (*path, key), hidden) for key, item in value.items()}
        if isinstance(value, list):
            return [self._tree(item, (*path, i), hidden) for i, item in enumerate(value)]
        if isinstance(value, str):
            if self._by_id.get(value) in self._written:
                return _Code(f"{self._by_id[value]}.id")
            if value in self._addons and _partial(self._addons[value]) in self._written:
                return _Code(_partial(self._addons[value]))
        return value


def _custom_plugin(item: Adopted) -> tuple[str, str] | None:
    """The control plane and the name of the custom plugin that an object defines, or None."""
    if item.resource == "GatewayCustomPluginStreaming":
        return item.inputs["control_plane_id"], item.inputs["name"]
    if item.resource == "GatewayCustomPluginSchema":
        return item.inputs["control_plane_id"], str(plugin_name(item.inputs["lua_schema"]))
    return None


def _partial(addon: str) -> str:
    return f"{addon}_partial_id"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


# Python text.


def literal(value: object) -> str:
    """A value as Python source. A string gets the quotes that need fewer escapes."""
    if not isinstance(value, str):
        return repr(value)
    quote = "'" if value.count('"') > value.count("'") else '"'
    # repr escapes characters that do not print; the added quote fixes its choice of quotes.
    body = repr('"' + value)[2:-1].replace("\\'", "'")
    return quote + body.replace(quote, "\\" + quote) + quote


def _line(start: str, value: Any, indent: int) -> str:
    """``start``, the value and a comma, on as many lines as they need."""
    one = f"{start}{_inline(value)},"
    if isinstance(value, str) and "\n" in value[:-1] and len(one) > WIDTH:
        whole = literal(value)
        fits = indent + 4 + len(whole) <= WIDTH
        parts = [whole] if fits else [literal(line) for line in value.splitlines(True)]
        return _block(start, "(", parts, ")", indent)
    if not isinstance(value, dict | list) or not value:
        return one
    if len(one) <= WIDTH and not any("\n" in text for text in _texts(value)):
        return one
    inner = indent + 4
    pad = " " * inner
    if isinstance(value, dict):
        parts = [_line(f"{pad}{literal(key)}: ", item, inner) for key, item in value.items()]
        return "\n".join([start + "{", *parts, " " * indent + "},"])
    parts = [_line(pad, item, inner) for item in value]
    return "\n".join([start + "[", *parts, " " * indent + "],"])


def _block(start: str, opening: str, parts: Sequence[str], closing: str, indent: int) -> str:
    pad = " " * (indent + 4)
    return "\n".join(
        [start + opening, *(pad + part for part in parts), " " * indent + f"{closing},"]
    )


def _inline(value: Any) -> str:
    if isinstance(value, _Code):
        return value.text
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(k)}: {_inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return literal(value)
