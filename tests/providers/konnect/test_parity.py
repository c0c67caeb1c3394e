"""The parity table against the Terraform provider's schema and the models, and the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

import tools.parity.__main__ as main
from providers import konnect
from providers.base.model import Trait
from providers.konnect.crud import KonnectResourceProvider
from tools.parity import here, table
from tools.parity.__main__ import app
from tools.parity.compare import Comparison, compare, expected, words
from tools.parity.page import PAGE, page
from tools.parity.schema import Schema, reduce
from tools.parity.schema import load as load_schema

TABLE = table.load()
SCHEMA = load_schema()

each_entry = pytest.mark.parametrize("name", TABLE.resources)
each_resource = pytest.mark.parametrize(
    "resource", sorted({entry.resource for entry in TABLE.resources.values()})
)


def side(resource: str) -> here.ResourceHere:
    found = here.resource_here(resource)
    assert found is not None, f"there is no {resource}"
    return found


def entries(resource: str) -> list[table.ResourceEntry]:
    return [entry for entry in TABLE.resources.values() if entry.resource == resource]


def paths(resource: str) -> set[str]:
    """The paths here that the table names, of what Terraform has and of what it has not."""
    return {
        path
        for entry in entries(resource)
        for path in [*(ours for _, ours, _ in entry.rows()), *entry.ours_only]
    }


def within(path: str, others: Iterable[str]) -> bool:
    """Whether a path is one of others or below one: a row may stand for a whole mapping."""
    return any(f"{path}.".startswith(f"{other}.") for other in others)


def test_every_attribute_of_terraform_has_a_row_that_leads_to_the_same_flags_here() -> None:
    assert compare(TABLE, SCHEMA) == Comparison()


@each_resource
def test_every_input_is_in_the_table(resource: str) -> None:
    known = side(resource)
    written = {
        ours
        for name, entry in TABLE.resources.items()
        if entry.resource == resource
        for path, ours, attribute in entry.rows()
        if "computed" not in expected(words(SCHEMA.resources[name][path], attribute), attribute)
    }
    only = [path for entry in entries(resource) for path in entry.ours_only]
    # Each field of a part has a row of its own, or rows for what is below it.
    assert [
        p for p in known.input_paths() if not any(within(w, [p]) for w in [*written, *only])
    ] == []


@each_resource
def test_every_output_is_in_the_table(resource: str) -> None:
    known = side(resource)
    outputs = known.outputs - known.inputs.model_fields.keys()
    assert {path for path in outputs if not within(path, paths(resource))} == set()


@each_entry
def test_what_is_said_to_be_only_here_is_here_and_is_not_terraforms(name: str) -> None:
    entry = TABLE.resources[name]
    known = side(entry.resource)
    mapped = {ours for _, ours, _ in entry.rows()}
    assert mapped.isdisjoint(entry.ours_only)
    for path in entry.ours_only:
        assert known.flags(path, computed=False) or path in {*known.input_paths(), *known.outputs}


@each_entry
def test_a_replacement_that_depends_on_the_values_is_a_rule_of_the_provider(name: str) -> None:
    entry = TABLE.resources[name]
    known = side(entry.resource)
    rule = _provider(entry.resource).replacements is not KonnectResourceProvider.replacements
    assert bool(entry.depends) is rule
    for field in entry.depends:
        assert Trait.IMMUTABLE not in known.inputs.traits(field)


def _provider(resource: str) -> type[KonnectResourceProvider[Any]]:
    module = getattr(konnect, resource).__module__
    families: list[type[KonnectResourceProvider[Any]]] = [KonnectResourceProvider]
    while families:
        cls = families.pop()
        if (cls.__module__, cls.__name__) == (module, f"{resource}Provider"):
            return cls
        families += cls.__subclasses__()
    raise AssertionError(f"{resource} has no provider")


def test_every_resource_is_in_the_table() -> None:
    resources = {entry.resource for entry in TABLE.resources.values()}
    assert resources | {*TABLE.resources_ours_only} == here.resource_names()


def test_every_lookup_is_in_the_table() -> None:
    functions = {entry.function for entry in TABLE.lookups.values()}
    assert functions | {*TABLE.lookups_ours_only} == here.lookup_names()


@pytest.mark.parametrize("entries", [TABLE.resources, TABLE.lookups], ids=["resources", "lookups"])
def test_each_entry_says_what_is_better_here(entries: Mapping[str, table.Entry]) -> None:
    assert [name for name, entry in entries.items() if not entry.better] == []


def test_the_page_is_in_step_with_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(TABLE, SCHEMA), (
        "run `python -m tools.parity --write`"
    )


# The tool itself.


def network(**attributes: Mapping[str, Any]) -> table.Table:
    """A table of one resource with these rows."""
    entry = {"resource": "CloudGatewayNetwork", "import_id": "ID", "better": ["b"]}
    return table.Table.model_validate(
        {
            "shared": {},
            "resources": {"cloud_gateway_network": {**entry, "attributes": attributes}},
            "resources_ours_only": [],
            "lookups": {},
            "lookups_ours_only": [],
            "out_of_scope": {},
        }
    )


def terraform(**attributes: str) -> Schema:
    """The schema of a provider with one network resource."""
    resources = {"cloud_gateway_network": attributes}
    return Schema(provider="kong/konnect", plugins=[], resources=resources, data_sources={})


AT = "konnect_cloud_gateway_network.x"


@pytest.mark.parametrize(
    ("flags", "ours", "mapped"),
    [
        ("required", "name", True),
        ("required", "cidr", False),
        ("required", "cidr_block.prefix", False),
        ("computed", "id", True),
        ("computed", "created_at", True),
        ("optional", "created_at", False),
        ("computed", "ready.provider_metadata.vpc_id", True),
        ("computed", "ready.provider_metadata.vpc", False),
        ("computed", "ready.state_metadata.reason", True),
        ("computed", "ready.status", False),
        ("computed", "ready", False),
    ],
)
def test_an_attribute_is_mapped_when_its_path_is_here(flags: str, ours: str, mapped: bool) -> None:
    found = compare(network(x={"ours": ours}), terraform(x=flags))
    assert found == (
        Comparison() if mapped else Comparison({AT: f"CloudGatewayNetwork has no {ours}"})
    )


@pytest.mark.parametrize(
    ("row", "flags", "wrong"),
    [
        ({}, "required", None),
        ({}, "optional", "optional is expected, required is here"),
        ({}, "optional computed", "optional is expected, required is here"),
        ({}, "required sensitive", "required sensitive is expected, required is here"),
        ({}, "required set", "required set is expected, required is here"),
        ({"replaces": None}, "required", "replaces required is expected, required is here"),
        ({"here": ["required"], "differs": "why"}, "optional", None),
        ({"here": ["optional"], "differs": "why"}, "optional", "is expected, required is here"),
        ({"here": ["required"], "differs": "why"}, "required", "`here` repeats Terraform's flags"),
    ],
)
def test_other_flags_than_terraform_s_are_wrong_unless_the_row_explains_them(
    row: Mapping[str, Any], flags: str, wrong: str | None
) -> None:
    found = compare(network(x={"ours": "name", **row}), terraform(x=flags))
    assert (found.unmapped, found.unknown) == ({}, {})
    assert list(found.wrong_flags) == ([AT] if wrong else [])
    assert (wrong or "") in found.wrong_flags.get(AT, "")


def test_a_row_for_what_terraform_does_not_have_is_wrong() -> None:
    found = compare(network(x={"ours": "name"}), terraform())
    assert found == Comparison(unknown={AT: "Terraform has no such attribute"})


def test_an_attribute_without_a_row_is_unmapped_unless_the_row_above_it_stands_alone() -> None:
    vpc = {"provider_metadata.vpc_id": {"ours": "ready.provider_metadata.vpc_id"}}
    attributes = {"name": "required", "provider_metadata": "computed"}
    below = {"provider_metadata.vpc_id": "computed", "provider_metadata.subnet_ids": "computed"}
    found = compare(network(name={}, **vpc), terraform(**attributes, **below))
    assert found == Comparison(
        {"konnect_cloud_gateway_network.provider_metadata.subnet_ids": "has no row"}
    )
    nested = {"name": "required", "name.first": "optional"}
    assert compare(network(name={}), terraform(**nested)) == Comparison()


@pytest.mark.parametrize(
    ("resource", "path", "flags"),
    [
        ("CloudGatewayNetwork", "availability_zones", {"required", "replaces", "set"}),
        ("CloudGatewayNetwork", "name", {"required"}),
        ("CloudGatewayConfiguration", "dataplane_groups.provider", {"required"}),
        ("CloudGatewayConfiguration", "dataplane_groups.autoscale.base_rps", {"required"}),
        ("CloudGatewayConfiguration", "dataplane_groups.autoscale.kind", {"required"}),
        ("CloudGatewayConfiguration", "kind", {"optional", "replaces"}),
        ("GatewayPartial", "config", {"required", "sensitive"}),
        ("GatewayRoute", "protocols", {"optional", "set"}),
        ("GatewayRoute", "service", {"optional"}),
        ("GatewayRoute", "service.id", {"required"}),
    ],
)
def test_the_flags_of_an_input_are_those_of_its_model(
    resource: str, path: str, flags: set[table.Flag]
) -> None:
    assert side(resource).flags(path, computed=False) == flags


@pytest.mark.parametrize(
    "attribute",
    [
        {"required": None},
        {"our": "name"},
        {"here": ["set"]},
        {"here": ["wrong"], "differs": "why"},
    ],
    ids=["flag", "key", "unexplained", "unknown flag"],
)
def test_a_row_of_another_form_is_refused(attribute: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        network(x=attribute)


def test_a_word_stands_for_each_of_its_names() -> None:
    (entry,) = network(x={}).resources.values()
    rows = {"<kind>.<end>": table.Attribute.model_validate({"ours": "<end>"})}
    update = {"repeated": {"kind": ["a", "b"], "end": ["x", "y"]}, "attributes": rows}
    spelled = [(path, ours) for path, ours, _ in entry.model_copy(update=update).rows()]
    assert spelled == [("a.x", "x"), ("a.y", "y"), ("b.x", "x"), ("b.y", "y")]


def test_the_command_prints_the_totals() -> None:
    result = CliRunner().invoke(app)
    numbers = {
        cells[1].strip(): int(cells[2])
        for line in result.stdout.splitlines()
        if len(cells := line.split("│")) == 4
    }
    assert numbers == {
        "attributes": table.count(TABLE.resources) + table.count(TABLE.lookups),
        "unmapped attributes": 0,
        "attributes with wrong flags": 0,
        "rows that Terraform does not have": 0,
        "resources covered": len(TABLE.resources),
        "resources without a counterpart": len(SCHEMA.resources) - len(TABLE.resources),
        "data sources covered": len(TABLE.lookups),
        "data sources without a counterpart": len(SCHEMA.data_sources) - len(TABLE.lookups),
    }
    assert result.exit_code == 0


def test_the_command_names_what_is_wrong_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main.written, "load", lambda: network(x={"ours": "cidr"}))
    monkeypatch.setattr(main.terraform, "load", lambda: terraform(x="required"))
    result = CliRunner().invoke(app)
    assert f"{AT}: CloudGatewayNetwork has no cidr" in result.output
    assert result.exit_code == 1


def test_the_schema_that_terraform_prints_is_reduced_to_paths_and_flags() -> None:
    text = {"type": "string", "description": "left out"}
    partials = {"nesting_mode": "set", "attributes": {"id": {**text, "required": True}}}
    config = {"nesting_mode": "single", "attributes": {"minute": {**text, "optional": True}}}
    plugin = {
        "config": {"nested_type": config, "optional": True, "computed": True},
        "partials": {"nested_type": partials, "optional": True},
        "tags": {"type": ["set", "string"], "optional": True, "sensitive": True},
    }
    blocks = {"gateway_plugin_acl": plugin, "gateway_plugin_cors": plugin, "portal": {"x": text}}
    schemas = {
        "resource_schemas": {
            f"konnect_{k}": {"block": {"attributes": v}} for k, v in blocks.items()
        },
        "data_source_schemas": {"konnect_team": {"block": {"attributes": {"id": text}}}},
    }
    document = {"provider_schemas": {"registry.terraform.io/kong/konnect": schemas}}
    assert reduce(document, "3.19.0") == Schema(
        provider="kong/konnect 3.19.0",
        plugins=["acl", "cors"],
        resources={
            "gateway_plugin": {
                "config": "optional computed",
                "partials": "optional set",
                "partials.id": "required",
                "tags": "optional sensitive set",
            }
        },
        data_sources={"team": {"id": ""}},
    )
