"""The schema of the Terraform provider kong/konnect, reduced to what is compared.

    terraform providers schema -json > schema.json
    python -m tools.parity.schema schema.json 3.19.0

writes `tests/providers/konnect/terraform/schema.json`. The input is documented at
https://developer.hashicorp.com/terraform/cli/commands/providers/schema. The schema does not tell
which changes replace an object: a provider decides that while it plans.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import typer
from pydantic import BaseModel, ConfigDict

from tools.engine import CHECKOUT

FILE: Final = CHECKOUT / "tests" / "providers" / "konnect" / "terraform" / "schema.json"
PROVIDER: Final = "kong/konnect"
PLUGIN: Final = "gateway_plugin_"

_IN_SCOPE: Final = (
    "cloud_gateway_",
    "gateway_",
    "mesh_",
    "platform_ip_addresses",
    "serverless_cloud_gateway",
    "system_account",
    "team",
)
"""How the names of the resources and data sources begin that are compared."""

_FLAGS: Final = ("required", "optional", "computed", "sensitive")
_FREE: Final = frozenset({"config"})
"""Attributes of plugins and partials that are one mapping here, whatever is in them."""


class Schema(BaseModel):
    """Attributes and their flags, by resource and data source without ``konnect_``.

    The attributes of nested objects are dotted paths. Flags are words: ``required``,
    ``optional``, ``computed``, ``sensitive``, ``set``. ``gateway_plugin`` stands for the
    resources of all ``plugins``, which differ in their config only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str
    plugins: list[str]
    resources: Mapping[str, Mapping[str, str]]
    data_sources: Mapping[str, Mapping[str, str]]


@functools.cache
def load() -> Schema:
    """The reduced schema of this checkout."""
    return Schema.model_validate_json(FILE.read_bytes())


def reduce(document: Mapping[str, Any], version: str) -> Schema:
    """What `terraform providers schema -json` prints, reduced.

    Raises StopIteration when kong/konnect is not among the providers.
    """
    known = document["provider_schemas"].items()
    schemas = next(schemas for source, schemas in known if source.endswith(PROVIDER))
    resources = dict(_reduced(schemas["resource_schemas"]))
    plugins = sorted(name for name in resources if name.startswith(PLUGIN))
    resources["gateway_plugin"] = _common([resources.pop(name) for name in plugins])
    return Schema(
        provider=f"{PROVIDER} {version}",
        plugins=[name.removeprefix(PLUGIN) for name in plugins],
        resources=dict(sorted(resources.items())),
        data_sources=dict(sorted(_reduced(schemas["data_source_schemas"]))),
    )


def _reduced(schemas: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    for full_name, schema in schemas.items():
        name = full_name.removeprefix("konnect_")
        if name.startswith(_IN_SCOPE):
            free = _FREE if name.startswith((PLUGIN, "gateway_partial")) else frozenset()
            yield name, dict(sorted(_attributes(schema["block"]["attributes"], free)))


def _attributes(
    attributes: Mapping[str, Any], free: frozenset[str], above: str = ""
) -> Iterator[tuple[str, str]]:
    for name, attribute in attributes.items():
        nested = attribute.get("nested_type", {})
        kind = nested.get("nesting_mode") or attribute.get("type", [""])[0]
        flags = [flag for flag in _FLAGS if attribute.get(flag)]
        yield above + name, " ".join([*flags, "set"] if kind == "set" else flags)
        if name not in free:
            yield from _attributes(nested.get("attributes", {}), free, f"{above}{name}.")


def _common(plugins: list[dict[str, str]]) -> dict[str, str]:
    """Each attribute that any plugin has, with the flags that most plugins give it."""
    flags: dict[str, Counter[str]] = {}
    for plugin in plugins:
        for path, words in plugin.items():
            flags.setdefault(path, Counter())[words] += 1
    return {path: counted.most_common(1)[0][0] for path, counted in sorted(flags.items())}


def main(document: Path, version: str) -> None:
    """Reduce DOCUMENT, the schema of VERSION of the Terraform provider."""
    schema = reduce(json.loads(document.read_bytes()), version)
    FILE.write_text(json.dumps(schema.model_dump(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
