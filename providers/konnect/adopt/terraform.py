"""Reads the objects of kong/konnect in a Terraform state file (version 4) as inputs.

Most attributes have the same name and form as the inputs. Where Konnect has variants of an
object, the Terraform provider has two blocks for each: one holds what was written, the other,
`..._response`, what Konnect answered. After an import only the second is filled.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from providers.base.errors import ProviderError
from providers.konnect.adopt.found import (
    Found,
    LeftOut,
    import_id,
    inputs_of,
    own_id,
    provider_of,
    providers,
    snake,
)
from providers.konnect.adopt.plugin_config import partial_config, plugin_config

Json = dict[str, Any]
VERSION: Final = 4


class StateError(ProviderError):
    """The file is not a Terraform state of version 4. The message says in one line what it is."""


def read(path: Path) -> Found:
    """Everything in a state file. Raises StateError when it cannot be read."""
    found = Found()
    aliases: dict[str, list[str]] = {}
    for instance in _instances(_load(path)):
        if instance.reason:
            found.left_out.append(LeftOut(instance.address, instance.reason))
            continue
        try:
            _convert(instance, found)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            message = f"{type(error).__name__}: {error}"
            reason = f"its attributes are not those of kong/konnect 3 ({message})"
            found.left_out.append(LeftOut(instance.address, reason))
            continue
        if instance.alias:
            aliases.setdefault(instance.alias, []).append(instance.address)
        if instance.tainted:
            found.notes.append(f"{instance.address} is tainted: Terraform would replace it")
    for alias, addresses in aliases.items():
        found.notes.append(
            f"provider alias {alias!r} made {', '.join(addresses)}: give these a konnect.Provider "
            "of their own where that is another organisation or geo"
        )
    return found


def _load(path: Path) -> Json:
    try:
        state = json.loads(path.read_bytes())
    except OSError as error:
        raise StateError(f"{path}: {error.strerror}") from None
    except ValueError:
        raise StateError(f"{path} is not JSON, so it is not a Terraform state file") from None
    if not isinstance(state, dict):
        raise StateError(f"{path} is not a Terraform state file")
    if "encrypted_data" in state:
        raise StateError(f"{path} is encrypted: write it decrypted with `tofu state pull`")
    if "format_version" in state:
        raise StateError(
            f"{path} was written by `terraform show -json`: use the state itself, which "
            "`terraform state pull` writes"
        )
    if state.get("version") != VERSION or not isinstance(state.get("resources"), list):
        raise StateError(
            f"{path} is not a Terraform state of version {VERSION} (its version: "
            f"{state.get('version')!r}); Terraform 0.12 and later write version {VERSION}"
        )
    return state


@dataclass(frozen=True)
class _Instance:
    """One object of the state file."""

    address: str
    type: str
    label: str
    attributes: Json
    sensitive: frozenset[str]
    alias: str
    tainted: bool
    reason: str
    """Why it cannot be adopted; empty when it can."""


def _instances(state: Json) -> Iterator[_Instance]:
    for block in state["resources"]:
        module, type_, name = block.get("module", ""), str(block.get("type")), block.get("name")
        data = "data." if block.get("mode") != "managed" else ""
        start = ".".join(filter(None, (module, f"{data}{type_}.{name}")))
        alias = re.search(r"\]\.(\w+)$", str(block.get("provider", "")))
        for instance in block.get("instances") or []:
            index = instance.get("index_key")
            attributes = instance.get("attributes") or {}
            yield _Instance(
                address=start if index is None else f"{start}[{json.dumps(index)}]",
                type=type_,
                label=_label(module, type_, str(name), index),
                attributes=attributes,
                sensitive=frozenset(_sensitive(instance, attributes)),
                alias=alias[1] if alias else "",
                tainted=instance.get("status") == "tainted",
                reason=_unsupported(block, instance, type_),
            )


def _label(module: str, type_: str, name: str, index: object) -> str:
    """The address without the type, and the name of a plugin."""
    modules = re.sub(r"(^|\.)module\.", " ", module)
    plugin = type_.removeprefix(PLUGIN) if type_.startswith(PLUGIN) else ""
    if plugin and name.endswith(plugin):
        plugin = ""
    return " ".join(filter(None, (modules, name, "" if index is None else str(index), plugin)))


def _sensitive(instance: Json, attributes: Json) -> Iterator[str]:
    """The strings at and below the paths that Terraform marks as sensitive."""
    for path in instance.get("sensitive_attributes") or []:
        value: Any = attributes
        for step in path:
            key = step["value"]["value"] if step["type"] == "index" else step["value"]
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                value = None
        yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _unsupported(block: Json, instance: Json, type_: str) -> str:
    if block.get("mode") != "managed":
        return "a data source: look it up in the program"
    if not type_.startswith("konnect_"):
        return "of another provider"
    if instance.get("deposed"):
        return "deposed: Terraform has replaced it and has not deleted it yet"
    if _resource_of(type_) is None:
        return "there is no such resource here"
    return ""


PLUGIN: Final = "konnect_gateway_plugin_"
_OTHER_NAMES: Final[Mapping[str, str]] = {
    "konnect_gateway_route_expression": "GatewayRoute",
    "konnect_gateway_custom_plugin": "GatewayPlugin",
}


def _resource_of(type_: str) -> str | None:
    if type_.startswith(PLUGIN):
        return "GatewayPlugin"
    known = {f"konnect_{snake(name)}": name for name in providers()}
    return _OTHER_NAMES.get(type_) or known.get(type_)


def _convert(instance: _Instance, found: Found) -> None:
    resource = _resource_of(instance.type)
    assert resource is not None
    attributes = instance.attributes
    if resource == "ServerlessCloudGateway":
        # Its id is the control plane's, and state has it there only.
        attributes = {**attributes, "id": attributes["control_plane"]["id"]}
    fields = inputs_of(resource).model_fields
    inputs = {name: attributes[name] for name in fields if name in attributes}
    change = _SHAPES.get(resource)
    if change is not None:
        inputs |= change(attributes)
    if resource == "GatewayPlugin":
        inputs |= _plugin(attributes, instance.type)
    found.add(
        resource,
        inputs,
        label=instance.label,
        source=instance.address,
        import_id=import_id(resource, attributes),
        id=own_id(resource, attributes),
        managed_partial=_managed_partial(resource, attributes),
        sensitive=instance.sensitive,
    )


# Ids.


def _managed_partial(resource: str, attributes: Json) -> str | None:
    """The id of an add-on's Redis partial, or None when the state does not have it."""
    if resource != "CloudGatewayAddon":
        return None
    response = attributes["config"].get("managed_cache_add_on_config_response") or {}
    return (response.get("state_metadata") or {}).get("cache_config_id")


# Where Terraform's attributes have another shape.


def _control_plane(attributes: Json) -> Json:
    """Attributes that were not written, or were imported, are only under `config`."""
    names = ("cluster_type", "auth_type", "cloud_gateway", "proxy_urls")
    config = attributes.get("config") or {}
    return {name: _first(attributes.get(name), config.get(name)) for name in names}


def _membership(attributes: Json) -> Json:
    """The state has the id of the group as `id` only."""
    return {"control_plane_group_id": attributes["id"]}


def _configuration(attributes: Json) -> Json:
    """The running groups. The kind of scaling is the name of a block."""
    groups = []
    for group in attributes.get("dataplane_groups") or []:
        kept = {
            name: group[name]
            for name in ("provider", "region", "cloud_gateway_network_id", "environment")
            if group.get(name)
        }
        for name, scale in (group.get("autoscale") or {}).items():
            if scale:
                # Konnect sets `max_rps` itself; it is deprecated as an input.
                kept["autoscale"] = {key: value for key, value in scale.items() if key != "max_rps"}
                kept["autoscale"].setdefault("kind", name.rpartition("_")[2])
        groups.append(kept)
    return {"dataplane_groups": groups}


_ATTACHMENTS: Final[Mapping[str, str]] = {
    "aws_transit_gateway": "aws_transit_gateway_response",
    "aws_vpc_peering_gateway": "aws_vpc_peering_gateway_response",
    "aws_resource_endpoint_gateway": "aws_resource_endpoint_gateway_response",
    "azure_transit_gateway": "azure_transit_gateway_response",
    "azure_vhub_peering_gateway": "azure_vhub_peering_gateway_response",
    "gcp_vpc_peering_transit_gateway": "gcpvpc_peering_gateway_response",
}
"""The block of each kind of attachment, and its response block."""


def _transit_gateway(attributes: Json) -> Json:
    block = _written(attributes, _ATTACHMENTS)
    known = {name: block.get(name) for name in ("name", "cidr_blocks", "dns_config")}
    name = "transit_gateway_attachment_config"
    return {**known, name: _request("CloudGatewayTransitGateway", name, block[name])}


_RESOLUTIONS: Final[Mapping[str, str]] = {
    f"{kind}_attachment_config": f"{kind}_response"
    for kind in (
        "aws_private_hosted_zone",
        "aws_private_dns_resolver",
        "azure_private_hosted_zone",
        "azure_private_dns_resolver",
        "gcp_private_hosted_zone",
    )
}
"""The block of each kind of private DNS, and its response block."""


def _private_dns(attributes: Json) -> Json:
    name = "private_dns_attachment_config"
    block = _written({**attributes, **(attributes.get(name) or {})}, _RESOLUTIONS)
    return {
        "name": _first(attributes.get("name"), block.get("name")),
        name: _request("CloudGatewayPrivateDns", name, block.get(name, block)),
    }


def _written(attributes: Json, blocks: Mapping[str, str]) -> Json:
    """The block that was written, or its response block after an import."""
    for names in (blocks.keys(), blocks.values()):
        for name in names:
            if attributes.get(name):
                block: Json = attributes[name]
                return block
    raise KeyError(f"none of {', '.join(blocks)}")


def _request(resource: str, name: str, config: Json) -> Any:
    """A config without the fields that only answers have."""
    return provider_of(resource)().remote_inputs({name: config})[name]


def _addon(attributes: Json) -> Json:
    (kind, owner), *_ = [(k, v) for k, v in attributes["owner"].items() if v]
    config = attributes["config"]
    cache = _first(config.get("managed_cache"), config.get("managed_cache_add_on_config_response"))
    tier = cache["capacity_config"]["tiered"]["tier"]
    return {
        "owner": {"kind": kind.replace("_", "-"), **owner},
        "config": {"capacity_config": {"tier": tier}},  # The defaults name their kinds.
    }


def _partial(attributes: Json) -> Json:
    for name in ("redis_ce", "redis_ee", "vectordb", "embeddings", "model"):
        if block := attributes.get(name):
            kind = name.replace("_", "-")
            return {
                "name": block.get("name"),
                "type": kind,
                "config": partial_config(kind, block["config"]),
                "tags": block.get("tags"),
            }
    raise KeyError("none of its blocks is filled")


def _basic_auth(attributes: Json) -> Json:
    """The state may have Konnect's hash of the password, which is no password to write."""
    return {"password": None}


def _vault(attributes: Json) -> Json:
    """The config is JSON in a string."""
    return {"config": json.loads(attributes["config"])}


def _plugin(attributes: Json, type_: str) -> Json:
    """Each plugin is a type of its own in Terraform."""
    links = [
        {"id": link["id"], "path": link.get("path")} for link in attributes.get("partials") or []
    ]
    config = attributes.get("config") or {}
    if type_ == "konnect_gateway_custom_plugin":
        name, config = attributes["name"], _dynamic(config)
    else:
        name = type_.removeprefix(PLUGIN).replace("_", "-")
        config = plugin_config(name, config)
    return {"name": name, "config": config, "partials": links}


def _dynamic(config: Any) -> Any:
    """A value of any type: state has it with its type. It may be JSON in a string."""
    value = config["value"] if config.keys() == {"type", "value"} else config
    return json.loads(value) if isinstance(value, str) else value


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


_SHAPES: Final[Mapping[str, Callable[[Json], Json]]] = {
    "GatewayControlPlane": _control_plane,
    "GatewayControlPlaneMembership": _membership,
    "CloudGatewayConfiguration": _configuration,
    "CloudGatewayTransitGateway": _transit_gateway,
    "CloudGatewayPrivateDns": _private_dns,
    "CloudGatewayAddon": _addon,
    "GatewayPartial": _partial,
    "GatewayVault": _vault,
    "GatewayBasicAuth": _basic_auth,
}
