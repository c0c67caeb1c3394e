"""The schema of the stack files: in step with the models, and what it takes and refuses."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from stacks import schema
from stacks.defaults import DEFAULTS
from stacks.environments import EnvironmentClass
from stacks.models import Settings
from stacks.settings import stack_file
from tests.stacks.baseline import BASELINE
from tests.stacks.test_stack_files import PROJECT, STACKS

GATEWAY = "multicloud-gateway:gateway"
REGION = {"region": "us-east-2", "cidr": "10.64.0.0/20", "landing": "10.65.0.0/16"}
LEAST: dict[str, Any] = {
    "config": {GATEWAY: {"geo": "us", "version": "3.13", "regions": [REGION]}},
}
VALIDATOR = jsonschema.Draft7Validator(
    json.loads(schema.FILE.read_text()), format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER
)

Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> dict[str, Any]:
    file = copy.deepcopy(LEAST)
    change(file)
    return file


def gateway(**values: Any) -> Change:
    return lambda file: file["config"][GATEWAY].update(values)


def region(**values: Any) -> Change:
    return lambda file: file["config"][GATEWAY]["regions"][0].update(values)


def config(**values: Any) -> Change:
    return lambda file: file["config"].update(
        {key.replace("__", ":"): value for key, value in values.items()}
    )


def top(**values: Any) -> Change:
    return lambda file: file.update(values)


def test_the_schema_file_is_what_the_models_say() -> None:
    assert schema.FILE.read_text() == schema.text(), f"run {schema.COMMAND} (make schema)"


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(schema.schema())


@pytest.mark.parametrize("stack", STACKS)
def test_a_shipped_file_is_taken_and_tells_its_editor_where_the_schema_is(stack: str) -> None:
    file = PROJECT / stack_file(stack)
    VALIDATOR.validate(yaml.safe_load(file.read_text()))
    first = file.read_text().partition("\n")[0]
    prefix, _, named = first.partition("=")
    assert prefix == "# yaml-language-server: $schema"
    assert file.parent / named == schema.FILE


@pytest.mark.parametrize(
    "change",
    [
        gateway(),
        gateway(**BASELINE),
        gateway(cache=None, rate_limit=None),
        gateway(cache={}, autoscale={}, rate_limit={"limit": 5}),
        gateway(environment="prod", protect=False),
        region(cloud="aws", zones=["use2-az1"]),
        region(landing={"cidr": "10.65.0.0/16", "network": "organization/network-team/dev"}),
        config(
            konnect__token={"secure": "v1:abc"}, konnect__server_url="https://eu.api.konghq.com"
        ),
        config(aws__region="us-east-2", **{"azure-native__location": "eastus2"}),
        top(secretsprovider="awskms://alias/pulumi", encryptedkey="AAAA"),
        top(encryptionsalt="v1:abc"),
        top(environment=["platform/konnect", {"platform/aws": {"merge": False}}]),
        top(environment={"imports": ["platform/konnect"], "values": {"pulumiConfig": {}}}),
    ],
)
def test_what_a_stack_file_may_hold_is_taken(change: Change) -> None:
    VALIDATOR.validate(changed(change))


@pytest.mark.parametrize(
    ("change", "at"),
    [
        (gateway(environment="production"), "environment"),
        (gateway(geo="uk"), "geo"),
        (gateway(version=3.13), "version"),
        (gateway(version="3.13.1"), "version"),
        (gateway(regins=[]), GATEWAY),
        (gateway(regions=[]), "regions"),
        (gateway(autoscale=None), "autoscale"),
        (gateway(autoscale={"base_rps": 0}), "base_rps"),
        (gateway(cache={"teir": "small"}), "cache"),
        (gateway(rate_limit={"sync_rate": 0.001}), "rate_limit"),
        (gateway(protect="yes"), "protect"),
        (gateway(azure={"consent": "maybe"}), "azure"),
        (gateway(tags={"team": 1}), "team"),
        (region(cloud="ibm"), "cloud"),
        (region(region=None), "region"),
        (region(cidr="10.64.0.0"), "cidr"),
        (region(cidr=["10.64.0.0/20"]), "cidr"),
        (region(landing="anywhere"), "landing"),
        (region(landing={"cidr": "10.65.0.0/16", "network": "network-team"}), "landing"),
        (region(landing={"cidr": "10.65.0.0/16", "ports": [0]}), "landing"),
        (config(konnect__token="kpat_plain"), "konnect:token"),
        (config(konnect__token={"secure": "v1:abc", "plain": "kpat"}), "konnect:token"),
        (config(konnect__tokn={"secure": "v1:abc"}), "config"),
        (config(gateway={}), "config"),
        (config(**{"multicloud-gateway__gatway": {}}), "config"),
        (top(environment="platform/konnect"), "environment"),
        (top(secretprovider="awskms://alias/pulumi"), None),
        (lambda file: file.pop("config"), None),
        (lambda file: file["config"].pop(GATEWAY), "config"),
        *(
            (lambda file, key=key: file["config"][GATEWAY].pop(key), GATEWAY)
            for key in ("geo", "version", "regions")
        ),
        *(
            (lambda file, key=key: file["config"][GATEWAY]["regions"][0].pop(key), 0)
            for key in REGION.keys() - {"cidr", "landing"}  # They may be in the recorded plan.
        ),
    ],
)
def test_what_is_wrong_is_refused_where_it_stands(change: Change, at: str | int | None) -> None:
    (error,) = VALIDATOR.iter_errors(changed(change))
    assert (error.absolute_path[-1] if error.absolute_path else None) == at


def test_every_object_of_ours_is_closed_and_every_key_says_what_it_is() -> None:
    document = schema.schema()
    objects = [document["properties"]["config"]["properties"][GATEWAY]]
    objects += [node for node in document["definitions"].values() if "properties" in node]
    assert len(objects) == len(Settings.model_json_schema()["$defs"]) - _enums(document) + 1
    for node in objects:
        assert node["additionalProperties"] is False
        for key, value in node["properties"].items():
            assert value["description"], key
            assert value["examples"], key


def _enums(document: dict[str, Any]) -> int:
    return sum("enum" in node for node in document["definitions"].values())


def test_a_key_that_the_class_gives_says_what_it_gives() -> None:
    shown = schema.schema()["definitions"]["Autoscale"]["properties"]["base_rps"]["description"]
    for name in EnvironmentClass:
        assert f"{DEFAULTS[name]['autoscale']['base_rps']} in {name}" in shown


def test_the_command_prints_what_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(schema, "FILE", tmp_path / "settings.schema.json")
    schema.main(write=True)
    schema.main(write=False)
    assert (tmp_path / "settings.schema.json").read_text() == capsys.readouterr().out


def test_the_command_has_one_option() -> None:
    shown = CliRunner().invoke(schema.app, ["--help"]).output
    assert "--write" in shown
    assert "completion" not in shown
