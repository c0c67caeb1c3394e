"""Generates the JSON schema of the stack files from the models, for use in editors.

    python -m stacks.schema            print it
    python -m stacks.schema --write    write stacks/settings.schema.json

The schema is draft 7, which every editor supports. In draft 7 the keywords beside a ``$ref`` are
ignored, so a reference with a description of its own is wrapped. The schema checks single values
only. ``stacks.settings.load`` checks rules between values: overlaps, zones of a region, the
requirements of a cloud.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from stacks.defaults import DEFAULTS
from stacks.environments import EnvironmentClass
from stacks.errors import yaml_inline
from stacks.models import Landing, Settings
from stacks.settings import CONFIG_KEY, CONFIG_NAMESPACE

FILE: Final = Path(__file__).with_name("settings.schema.json")
COMMAND: Final = "python -m stacks.schema --write"

Json = dict[str, Any]

_SECRET: Final[Json] = {
    "type": "object",
    "properties": {"secure": {"type": "string", "description": "The value, encrypted."}},
    "required": ["secure"],
    "additionalProperties": False,
}
_IMPORT: Final[Json] = {"type": ["string", "object"], "examples": ["platform/konnect"]}

app = typer.Typer(add_completion=False)


def schema() -> Json:
    """Return the schema of a file ``stacks/Pulumi.<stack>.yaml``."""
    settings = _adapted(
        Settings.model_json_schema(ref_template="#/definitions/{model}", mode="validation")
    )
    definitions: Json = settings.pop("$defs")
    _may_leave_out(settings, DEFAULTS, definitions)
    settings["required"].remove("environment")
    region = definitions["Region"]
    for key in ("cloud", "cidr", "landing"):  # The last two may be in the recorded plan.
        region["required"].remove(key)
    del definitions["Landing"]["required"]
    region["properties"]["landing"] |= _either_a_block(region["properties"]["landing"], definitions)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Environment",
        "description": f"A stack file of {CONFIG_NAMESPACE}. Made by `{COMMAND}`.",
        "type": "object",
        "properties": {
            "config": {
                "description": "The stack's configuration, by namespace and key.",
                "type": "object",
                "properties": {
                    f"{CONFIG_NAMESPACE}:{CONFIG_KEY}": settings,
                    "konnect:token": {
                        "description": "Konnect token, encrypted by `pulumi config set --secret "
                        "konnect:token`. Needed unless KONNECT_TOKEN, KONNECT_SPAT or an ESC "
                        "environment has it.",
                        **_SECRET,
                    },
                    "konnect:server_url": {
                        "description": "Base URL of Konnect, unless KONNECT_SERVER_URL has it.",
                        "type": "string",
                        "format": "uri",
                        "examples": ["https://us.api.konghq.com"],
                    },
                },
                # The configuration of other packages, such as aws:region.
                "patternProperties": {rf"^(?!({CONFIG_NAMESPACE}|konnect):)[^:]+:.+$": {}},
                "required": [f"{CONFIG_NAMESPACE}:{CONFIG_KEY}"],
                "additionalProperties": False,
            },
            "environment": {
                "description": "Pulumi ESC environments that configuration and secrets are "
                "imported from. The class of the gateway's environment is not this, but a key of "
                f"{CONFIG_NAMESPACE}:{CONFIG_KEY}.",
                "anyOf": [
                    {"type": "array", "items": _IMPORT},
                    {
                        "type": "object",
                        "properties": {
                            "imports": {"type": "array", "items": _IMPORT},
                            "values": {"type": "object"},
                        },
                        "additionalProperties": False,
                    },
                ],
            },
            "secretsprovider": {
                "description": "What encrypts the stack's secrets. Written by `pulumi stack init "
                "--secrets-provider`.",
                "type": "string",
                "examples": ["awskms://alias/pulumi?region=us-east-2"],
            },
            "encryptedkey": {
                "description": "Key of the secrets, itself encrypted. Written by Pulumi.",
                "type": "string",
            },
            "encryptionsalt": {
                "description": "Salt of the passphrase. Written by Pulumi.",
                "type": "string",
            },
        },
        "required": ["config"],
        "additionalProperties": False,
        "definitions": definitions,
    }


def text() -> str:
    """Return the text of the schema's file."""
    return json.dumps(schema(), indent=2) + "\n"


def _adapted(node: Any) -> Any:
    """Delete the titles that pydantic adds, mark code as in Markdown, and wrap references."""
    if isinstance(node, list):
        return [_adapted(item) for item in node]
    if not isinstance(node, dict):
        return node
    adapted = {
        key: _adapted(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str))
    }
    if "patternProperties" in adapted:
        adapted.setdefault("additionalProperties", False)
    if isinstance(adapted.get("description"), str):
        adapted["description"] = " ".join(adapted["description"].replace("``", "`").split())
    if "$ref" in adapted and len(adapted) > 1:
        adapted["allOf"] = [{"$ref": adapted.pop("$ref")}]
    return adapted


def _may_leave_out(
    node: Json, by_class: Mapping[EnvironmentClass, Mapping[str, Any]], definitions: Json
) -> None:
    """Make keys with a default of the class optional, and add the defaults to the descriptions."""
    for key, default in by_class[EnvironmentClass.DEV].items():
        node["required"].remove(key)
        inner = {name: given[key] for name, given in by_class.items()}
        if isinstance(default, Mapping):
            (model,) = (name for name in definitions if _refers(node["properties"][key], name))
            _may_leave_out(definitions[model], inner, definitions)
        else:
            given = ", ".join(f"{yaml_inline(value)} in {name}" for name, value in inner.items())
            node["properties"][key]["description"] += f" Left out: {given}."
    if not node["required"]:
        del node["required"]


def _refers(node: Json, name: str) -> bool:
    references = [node, *node.get("allOf", ()), *node.get("anyOf", ())]
    return {"$ref": f"#/definitions/{name}"} in references


def _either_a_block(landing: Json, definitions: Json) -> Json:
    """Let a landing also be only its CIDR block."""
    block = definitions[Landing.__name__]["properties"]["cidr"]
    return {"anyOf": [{"type": "string", "pattern": block["pattern"]}, *landing.pop("allOf")]}


@app.command()
def main(
    write: Annotated[bool, typer.Option("--write", help=f"write {FILE.name}")] = False,
) -> None:
    """Print the JSON schema of the stack files, or write it where they look for it."""
    if write:
        FILE.write_text(text())
    else:
        print(text(), end="")


if __name__ == "__main__":
    app()
