"""The parity table against the models, both ways, and the page against the table.

What Terraform's side of the table says was read in its documentation; no test can hold that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from providers import konnect
from providers.base.model import Trait
from providers.konnect.crud import KonnectResourceProvider
from tools import parity

TABLE = parity.load()

each_entry = pytest.mark.parametrize("name", TABLE.resources)
each_lookup = pytest.mark.parametrize("name", TABLE.lookups)
each_resource = pytest.mark.parametrize(
    "resource", sorted({entry.resource for entry in TABLE.resources.values()})
)


def here(resource: str) -> parity.ResourceHere:
    found = parity.resource_here(resource)
    assert found is not None, f"there is no {resource}"
    return found


def entries(resource: str) -> list[parity.ResourceEntry]:
    return [entry for entry in TABLE.resources.values() if entry.resource == resource]


def told(resource: str) -> set[str]:
    """The paths here that the table names, of what Terraform has and of what it has not."""
    return {
        path
        for entry in entries(resource)
        for path in [*(ours for _, ours, _ in entry.rows()), *entry.ours_only]
    }


def within(path: str, others: Iterable[str]) -> bool:
    """Whether a path is one of others or below one: a row may stand for a whole mapping."""
    return any(f"{path}.".startswith(f"{other}.") for other in others)


@each_entry
def test_every_attribute_of_terraform_is_here_with_the_flags_that_the_table_says(name: str) -> None:
    entry = TABLE.resources[name]
    side = here(entry.resource)
    wrong: dict[str, Any] = {}
    for path, ours, attribute in entry.rows():
        flags, expected = side.flags(ours, "computed" in attribute.flags), attribute.ours_flags
        if flags is not None and ours.partition(".")[0] in entry.depends:
            flags, expected = flags - {"replaces"}, expected - {"replaces"}
        if flags != expected:
            wrong[path] = ours if flags is None else sorted(flags)
    assert wrong == {}


@each_resource
def test_every_input_is_in_the_table(resource: str) -> None:
    side = here(resource)
    written = {
        ours
        for entry in entries(resource)
        for _, ours, attribute in entry.rows()
        if "computed" not in attribute.ours_flags
    }
    only = [path for entry in entries(resource) for path in entry.ours_only]
    # Each field of a part has a row of its own, or rows for what is below it.
    assert [
        p for p in side.input_paths() if not any(within(w, [p]) for w in [*written, *only])
    ] == []


@each_resource
def test_every_output_is_in_the_table(resource: str) -> None:
    side = here(resource)
    outputs = side.outputs - side.inputs.model_fields.keys()
    assert {path for path in outputs if not within(path, told(resource))} == set()


@each_entry
def test_what_is_said_to_be_only_here_is_here_and_is_not_terraforms(name: str) -> None:
    entry = TABLE.resources[name]
    side = here(entry.resource)
    mapped = {ours for _, ours, _ in entry.rows()}
    assert mapped.isdisjoint(entry.ours_only)
    for path in entry.ours_only:
        assert side.flags(path, computed=False) or path in {*side.input_paths(), *side.outputs}


@each_entry
def test_a_replacement_that_depends_on_the_values_is_a_rule_of_the_provider(name: str) -> None:
    entry = TABLE.resources[name]
    side = here(entry.resource)
    rule = _provider(entry.resource).replacements is not KonnectResourceProvider.replacements
    assert bool(entry.depends) is rule
    for field in entry.depends:
        assert Trait.IMMUTABLE not in side.inputs.traits(field)


def _provider(resource: str) -> type[KonnectResourceProvider[Any]]:
    module = getattr(konnect, resource).__module__
    families: list[type[KonnectResourceProvider[Any]]] = [KonnectResourceProvider]
    while families:
        cls = families.pop()
        if (cls.__module__, cls.__name__) == (module, f"{resource}Provider"):
            return cls
        families += cls.__subclasses__()
    raise AssertionError(f"{resource} has no provider")


@each_lookup
def test_everything_that_a_data_source_takes_and_gives_is_here(name: str) -> None:
    entry = TABLE.lookups[name]
    function = parity.lookup_here(entry.function)
    assert function is not None, f"there is no {entry.function}"
    lost = [
        path
        for path, ours, attribute in entry.rows()
        if not function.has(ours, "computed" in attribute.flags)
    ]
    assert lost == []


def test_every_resource_is_in_the_table() -> None:
    resources = {entry.resource for entry in TABLE.resources.values()}
    assert resources | {*TABLE.resources_ours_only} == parity.resource_names()


def test_every_lookup_is_in_the_table() -> None:
    functions = {entry.function for entry in TABLE.lookups.values()}
    assert functions | {*TABLE.lookups_ours_only} == parity.lookup_names()


@pytest.mark.parametrize("entries", [TABLE.resources, TABLE.lookups], ids=["resources", "lookups"])
def test_of_each_it_is_said_what_is_better_here(entries: Mapping[str, parity.Entry]) -> None:
    assert [name for name, entry in entries.items() if not entry.better] == []


def test_the_page_is_in_step_with_the_table() -> None:
    assert parity.PAGE.read_text(encoding="utf-8") == parity.page(TABLE), (
        "run `python -m tools.parity --write`"
    )


# The tool itself.


def network(**attributes: Mapping[str, Any]) -> parity.Table:
    entry = {"resource": "CloudGatewayNetwork", "import_id": "ID", "better": ["b"]}
    return parity.Table.model_validate(
        {
            "provider": "kong/konnect",
            "shared": {},
            "resources": {"cloud_gateway_network": {**entry, "attributes": attributes}},
            "resources_ours_only": [],
            "lookups": {},
            "lookups_ours_only": [],
        }
    )


@pytest.mark.parametrize(
    ("attribute", "mapped"),
    [
        ({"ours": "cidr_block"}, True),
        ({"ours": "cidr"}, False),
        ({"ours": "cidr_block.prefix"}, False),
        ({"computed": None, "ours": "id"}, True),
        ({"computed": None, "ours": "created_at"}, True),
        ({"ours": "created_at"}, False),
        ({"computed": None, "ours": "ready.provider_metadata.vpc_id"}, True),
        ({"computed": None, "ours": "ready.provider_metadata.vpc"}, False),
        ({"computed": None, "ours": "ready.state_metadata.reason"}, True),
        ({"computed": None, "ours": "ready.status"}, False),
        ({"computed": None, "ours": "ready"}, False),
    ],
)
def test_an_attribute_is_mapped_when_what_it_leads_to_is_here(
    attribute: Mapping[str, Any], mapped: bool
) -> None:
    missing = parity.unmapped(network(x=attribute))
    assert missing == (
        {} if mapped else {"CloudGatewayNetwork": ["konnect_cloud_gateway_network.x"]}
    )


@pytest.mark.parametrize(
    ("resource", "path", "flags"),
    [
        ("CloudGatewayNetwork", "availability_zones", {"required", "replaces", "set"}),
        ("CloudGatewayNetwork", "name", {"required"}),
        ("CloudGatewayConfiguration", "dataplane_groups.provider", {"required"}),
        ("CloudGatewayConfiguration", "dataplane_groups.autoscale.base_rps", {"required"}),
        ("CloudGatewayConfiguration", "dataplane_groups.autoscale.kind", {"required"}),
        ("CloudGatewayConfiguration", "kind", {"replaces"}),
        ("GatewayPartial", "config", {"required", "sensitive"}),
        ("GatewayRoute", "protocols", {"set"}),
        ("GatewayRoute", "service", set()),
        ("GatewayRoute", "service.id", {"required"}),
    ],
)
def test_the_flags_of_an_input_are_those_of_its_model(
    resource: str, path: str, flags: set[parity.Flag]
) -> None:
    assert here(resource).flags(path, computed=False) == flags


@pytest.mark.parametrize(
    "attribute",
    [
        {"requierd": None},
        {"required": None, "our": "name"},
        {"required": None, "here": ["set"]},
        {"required": None, "here": ["required"], "differs": "not at all"},
    ],
    ids=["flag", "key", "unexplained", "no difference"],
)
def test_a_row_that_is_not_of_the_tables_form_is_refused(attribute: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        network(x=attribute)


def test_a_word_stands_for_each_of_its_names() -> None:
    table = network(x={})
    (entry,) = table.resources.values()
    rows = {"<kind>.<end>": parity.Attribute.model_validate({"ours": "<end>"})}
    update = {"repeated": {"kind": ["a", "b"], "end": ["x", "y"]}, "attributes": rows}
    spelled = [(path, ours) for path, ours, _ in entry.model_copy(update=update).rows()]
    assert spelled == [("a.x", "x"), ("a.y", "y"), ("b.x", "x"), ("b.y", "y")]


def test_the_command_counts_what_is_mapped_and_fails_when_something_is_not() -> None:
    lost = sum(map(len, parity.unmapped(TABLE).values()))
    total = parity.count(TABLE.resources) + parity.count(TABLE.lookups)
    result = CliRunner().invoke(parity.app)
    numbers = {
        label: int(line.split("│")[2])
        for line in result.stdout.splitlines()
        for label in ("attributes mapped", "unmapped", "resources covered")
        if f" {label} " in line
    }
    assert numbers["attributes mapped"] == total - lost
    assert numbers["unmapped"] == lost
    assert 0 < numbers["resources covered"] <= len(parity.resource_names())
    assert result.exit_code == (1 if lost else 0)
