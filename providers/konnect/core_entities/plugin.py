"""Plugins: any of Kong's, by name, with its config as a mapping, `core-entities/plugins`.

One resource for all of them, where the Terraform provider has 111. A partial's place in the
config is known per plugin and type of partial, so `partials` needs no path; the body leaves
that place out, since inline config and a linked partial must not cover the same fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

import pulumi
from pydantic import BeforeValidator, Field, JsonValue, model_validator

from providers.base.errors import ProviderError
from providers.base.http import Json
from providers.base.model import (
    IMMUTABLE,
    SECRET,
    SERVER_DEFAULT,
    SUBSET,
    Part,
    Props,
    SetOf,
    is_stand_in,
)
from providers.base.sealed import encrypted_in, marked, sealed
from providers.konnect.client import Client
from providers.konnect.core_entities.base import (
    CoreEntity,
    CoreEntityInputs,
    CoreEntityProvider,
    Reference,
    entities_path,
)
from providers.konnect.core_entities.plugin_facts import (
    partial_places,
    plugin_credentials,
    plugin_problems,
    plugin_protocols,
    plugin_scopes,
)
from providers.konnect.resource import by_id

_SCOPES: Final = ("service", "route", "consumer", "consumer_group")


class PartialLink(Part):
    """A partial that fills a part of the config; ``path`` is known for most plugins."""

    id: str
    path: str | None = None


def _named_phases(written: Any) -> Any:
    """The phases in which a plugin is ordered. Konnect may return one without a plugin."""
    if written is None:
        return {}
    if not isinstance(written, dict):
        return written
    return {phase: plugins for phase, plugins in written.items() if plugins}


Phases = Annotated[dict[str, list[str]], BeforeValidator(_named_phases)]


class Ordering(Part):
    """Other plugins that this one runs before or after, by phase."""

    before: Phases = {}
    after: Phases = {}


class GatewayPluginInputs(CoreEntityInputs):
    """`Plugin`. Of ``config`` only the written keys are compared: Konnect adds defaults.

    Of a partial's link likewise: Konnect always adds the path.
    """

    name: Annotated[str, IMMUTABLE, Field(min_length=1)]
    config: Annotated[dict[str, JsonValue], SUBSET, SECRET] = {}
    partials: Annotated[SetOf[PartialLink], SUBSET] = []
    enabled: bool = True
    instance_name: str | None = None
    protocols: Annotated[SetOf[str] | None, SERVER_DEFAULT] = None
    service: Reference | None = None
    route: Reference | None = None
    consumer: Reference | None = None
    consumer_group: Reference | None = None
    ordering: Ordering | None = None
    condition: Annotated[str | None, Field(max_length=1024)] = None

    @model_validator(mode="before")
    @classmethod
    def _known_paths_left_out(cls, written: Any) -> Any:
        """A path that is the plugin's only one says nothing: with it or without is the same."""
        links = written.get("partials")
        if not isinstance(links, list):
            return written
        known = _only_path(written.get("name"))
        short = [_without_path(link, known) if isinstance(link, dict) else link for link in links]
        return {**written, "partials": short}

    def problems(self) -> Iterator[tuple[str, str]]:
        """What no published gateway version takes: partials, scopes, protocols, the config."""
        yield from self.link_problems()
        yield from self._scope_problems()
        for reason in plugin_problems(self.name, self.config, [*self._filled()]):
            yield "config", reason

    def _scope_problems(self) -> Iterator[tuple[str, str]]:
        """A plugin is limited to what its schema has, and runs on the protocols that it has."""
        scopes, protocols = plugin_scopes(self.name), plugin_protocols(self.name)
        if scopes is None or protocols is None:
            return
        for scope in _SCOPES:
            if getattr(self, scope) is not None and scope not in scopes:
                takes = ", ".join(one for one in _SCOPES if one in scopes) or "no scope"
                yield scope, f"{self.name!r} cannot be limited to a {scope}; it takes {takes}"
        for protocol in self.protocols or ():
            if protocol not in protocols and not is_stand_in(protocol):
                takes = ", ".join(sorted(protocols))
                yield "protocols", f"{self.name!r} has no protocol {protocol!r}; it takes {takes}"

    def link_problems(self) -> Iterator[tuple[str, str]]:
        """A partial has a place in the config, which nothing else fills."""
        known = partial_places(self.name)
        for link in self.partials:
            path = self.path_of(link)
            if path is None:
                if not known:
                    yield (
                        "partials",
                        f"path is required: the field of {self.name!r} that the partial fills",
                    )
            elif known and _unnumbered(path) not in known.values():
                places = ", ".join(known.values())
                yield "partials", f"{path} takes no partial in {self.name!r}, but {places}"
            elif _at(self.config, path.split(".")[1:]) is not None:
                yield (
                    "partials",
                    f"{path} is set by the partial and by config; write only one of them",
                )

    def _filled(self) -> Iterator[str]:
        """The places that partials fill, or may fill as long as their types are not known."""
        for link in self.partials:
            path = self.path_of(link)
            if path is None:
                yield from partial_places(self.name).values()
            else:
                yield _unnumbered(path)

    def path_of(self, link: PartialLink) -> str | None:
        """Where a partial goes: as written, or as the plugin's schema has it.

        None where the plugin has several places: then the partial's type decides.
        """
        return link.path or _only_path(self.name)


def _only_path(plugin: object) -> str | None:
    paths = [*partial_places(str(plugin)).values()]
    return paths[0] if len(paths) == 1 else None


def _unnumbered(path: str) -> str:
    return re.sub(r"\[\d+\]$", "[]", path)


def _without_path(link: Json, path: str | None) -> Json:
    return {key: value for key, value in link.items() if key != "path" or value != path}


def _at(config: Any, path: Sequence[str]) -> Any:
    for key in path:
        config = config.get(key) if isinstance(config, dict) else None
    return config


class GatewayPluginProvider(CoreEntityProvider[GatewayPluginInputs]):
    """CRUD of a plugin. Its natural key is its name with its scope, or its instance name."""

    Inputs = GatewayPluginInputs
    noun = "plugin"
    segment = "plugins"

    def same(self, entity: Json, inputs: GatewayPluginInputs) -> bool:
        if entity.get("name") != inputs.name:
            return False
        if inputs.instance_name or entity.get("instance_name"):
            return entity.get("instance_name") == inputs.instance_name

        def scope_id(value: Any) -> str | None:
            return value["id"] if isinstance(value, dict) else getattr(value, "id", None)

        return all(scope_id(entity.get(s)) == scope_id(getattr(inputs, s)) for s in _SCOPES)

    def post(self, client: Client, inputs: GatewayPluginInputs) -> Json:
        return super().post(client, self._placed(client, inputs))

    def change(
        self, client: Client, id_: str, inputs: GatewayPluginInputs, changed: Sequence[str]
    ) -> Json:
        return super().change(client, id_, self._placed(client, inputs), changed)

    def body(self, inputs: GatewayPluginInputs) -> Json:
        body = super().body(inputs)
        body["partials"] = [
            {"id": link.id, "path": inputs.path_of(link)} for link in inputs.partials
        ]
        if not body["partials"]:
            del body["partials"]
        return body

    def remote_inputs(self, remote: Json) -> Json:
        """In the order of the inputs, so that only written paths are compared.

        A path that is the plugin's only one is left out, as it is written.
        """
        known = _only_path(remote.get("name"))
        links = [
            _without_path({key: item.get(key) for key in PartialLink.model_fields}, known)
            for item in sorted(remote.get("partials") or [], key=by_id)
        ]
        return {**super().remote_inputs(remote), "partials": links}

    def seal(self, props: Props) -> Props:
        config = sealed(props["config"], encrypted_in(plugin_credentials, props["name"]), marked)
        return {**super().seal(props), "config": config}

    def _placed(self, client: Client, inputs: GatewayPluginInputs) -> GatewayPluginInputs:
        """The inputs with a path for each partial: what is not written, its type decides."""
        links = [
            link if inputs.path_of(link) else self._looked_up(client, inputs, link)
            for link in inputs.partials
        ]
        placed = inputs.model_copy(update={"partials": links})
        for _, reason in placed.link_problems():
            raise ProviderError(f"{self.called(inputs)}: {reason}")
        return placed

    def _looked_up(
        self, client: Client, inputs: GatewayPluginInputs, link: PartialLink
    ) -> PartialLink:
        path = entities_path(inputs.control_plane_id, "partials", link.id)
        action = f"reading partial {link.id} of {self.called(inputs)}"
        type_ = client.get(path, action, regional=True)["type"]
        places = partial_places(inputs.name)
        place = places.get(type_)
        if place is None:
            takes = ", ".join(places)
            raise ProviderError(
                f"{self.called(inputs)}: partial {link.id} is of type {type_}, but it takes {takes}"
            )
        if place.endswith("[]"):
            raise ProviderError(
                f"{self.called(inputs)}: write the path of partial {link.id}: a {type_} is one "
                f"of several in {place}"
            )
        return PartialLink(id=link.id, path=place)


class GatewayPlugin(CoreEntity, module="konnect", name="GatewayPlugin"):
    """Any `konnect_gateway_plugin_*`. Source: `core-entities/plugins`.

    ``name`` is Kong's (``rate-limiting-advanced``), ``config`` as its schema has it,
    ``partials`` a list of ``{"id": partial_id}``, with ``path`` (``config.redis``) only for
    a custom plugin and for a model that is one of several. Scope
    it with ``service``, ``route``, ``consumer`` or ``consumer_group`` as ``{"id": ...}``;
    without any it is global.

    A preview refuses what no published gateway version takes (3.13 to 3.15): a scope or a
    protocol that the plugin does not have, and in the config an unknown field, a wrong type, a
    value outside of its choices or range, a required field that neither the config nor a partial
    has, a broken rule between fields (`plugin_rules`). A custom plugin is not checked.

    Credentials in ``config`` become Pulumi secrets: the fields that Kong's schema marks, maps of
    headers that the plugin sends, and in a custom plugin the fields with the name of a
    credential. Write every other credential as a secret.
    """

    name: pulumi.Output[str]
    config: pulumi.Output[Mapping[str, Any]]
    enabled: pulumi.Output[bool]
    protocols: pulumi.Output[Sequence[str]]
    partials: pulumi.Output[Sequence[Mapping[str, Any]]]
    instance_name: pulumi.Output[str | None]
    service: pulumi.Output[Mapping[str, str] | None]
    route: pulumi.Output[Mapping[str, str] | None]
    consumer: pulumi.Output[Mapping[str, str] | None]
    consumer_group: pulumi.Output[Mapping[str, str] | None]
    ordering: pulumi.Output[Mapping[str, Any] | None]
    condition: pulumi.Output[str | None]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        name: pulumi.Input[str],
        config: pulumi.Input[Mapping[str, Any]] | None = None,
        partials: pulumi.Input[Sequence[pulumi.Input[Mapping[str, Any]]]] | None = None,
        enabled: pulumi.Input[bool] | None = None,
        instance_name: pulumi.Input[str] | None = None,
        protocols: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        service: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        route: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        consumer: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        consumer_group: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        ordering: pulumi.Input[Mapping[str, Any]] | None = None,
        condition: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {**locals(), "config": sealed(config, encrypted_in(plugin_credentials, name))}
        super().__init__(GatewayPluginProvider(), resource_name, inputs, opts)
