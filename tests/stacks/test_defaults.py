"""What a stack file may leave out, and what it then has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.regions import REGIONS
from stacks import schema
from stacks.defaults import DEFAULTS, fill
from stacks.environments import EnvironmentClass
from stacks.errors import yaml_inline
from stacks.settings import ApiAccess, CacheTier, Cloud, load, warnings
from tests.stacks.baseline import lines_of

REGION = {"region": "us-east-2", "cidr": "10.64.0.0/20", "landing": "10.65.0.0/16"}
LEAST: dict[str, Any] = {"geo": "us", "version": "3.13", "regions": [REGION]}


@pytest.mark.parametrize("name", EnvironmentClass)
def test_a_stack_named_as_a_class_is_of_it_and_has_its_defaults(name: EnvironmentClass) -> None:
    loaded = load(name, LEAST)
    assert loaded.environment is name
    given = loaded.model_dump(mode="json", include=set(DEFAULTS[name]), exclude_unset=True)
    assert given == DEFAULTS[name]
    assert warnings(loaded) == []


def test_every_class_says_the_same_things() -> None:
    def shape(value: Any) -> Any:
        return {key: shape(item) for key, item in value.items()} if isinstance(value, dict) else ""

    assert len({str(shape(defaults)) for defaults in DEFAULTS.values()}) == 1


def test_the_class_of_any_other_stack_is_written_and_wins_over_the_name() -> None:
    assert load("test", {**LEAST, "environment": "prod"}).protect
    assert not load("prod", {**LEAST, "environment": "dev"}).protect


def test_a_file_says_only_what_differs_key_by_key() -> None:
    differing = {"api_access": "public", "rate_limit": {"limit": 7}, "cache": {"tier": "large"}}
    loaded = load("prod", {**LEAST, **differing})
    assert loaded.api_access is ApiAccess.PUBLIC
    assert loaded.rate_limit is not None
    assert (loaded.rate_limit.limit, loaded.rate_limit.window_size) == (7, 60)
    assert loaded.cache is not None
    assert loaded.cache.tier is CacheTier.LARGE
    assert loaded.autoscale.base_rps == 1000


def test_null_switches_a_default_off() -> None:
    loaded = load("prod", {**LEAST, "cache": None, "rate_limit": None})
    assert (loaded.cache, loaded.rate_limit) == (None, None)
    assert warnings(loaded) == []


def test_without_a_class_nothing_that_it_would_give_is_asked_for() -> None:
    expected = [
        "gateway.environment: is missing, and the name of the stack is no class; add "
        "environment: dev, staging or prod, whose defaults it takes"
    ]
    assert lines_of(LEAST) == expected
    assert lines_of({**LEAST, "version": "3.12"}) == expected


def test_a_problem_with_a_default_says_whose_default_it_is() -> None:
    assert lines_of({**LEAST, "environment": "staging", "version": "3.12"}) == [
        'gateway.version: "3.12" is too old for gateway.cache, which staging has by default: the '
        'managed cache needs 3.13 or later; write version: "3.13", or cache: null'
    ]


def test_the_document_that_is_given_stays_as_it_is() -> None:
    document = {**LEAST, "cache": {}}
    before = repr(document)
    assert fill("dev", document).document["cache"] == {"tier": "small"}
    assert repr(document) == before


@pytest.mark.parametrize("cloud", Cloud)
def test_a_documented_region_says_its_cloud(cloud: Cloud) -> None:
    for region in REGIONS[cloud]:
        filled = fill("dev", {"regions": [{"region": region}]})
        assert filled.document["regions"][0]["cloud"] == cloud
        assert filled.problems == ()


def test_a_region_that_kong_does_not_document_needs_its_cloud() -> None:
    new = {**REGION, "region": "eu-south-2", "zones": ["eus2-az1"]}
    assert lines_of({**LEAST, "environment": "dev", "regions": [new]}) == [
        'gateway.regions[0].cloud: is missing, and Kong documents no region "eu-south-2"; did you '
        "mean ap-south-2? (otherwise add cloud)"
    ]
    assert load("dev", {**LEAST, "regions": [{**new, "cloud": "aws"}]}).clouds == {Cloud.AWS}


@pytest.mark.parametrize("region", [5, None, ["us-east-2"], "a\nb", "\u2028"])
def test_a_region_that_is_no_name_is_told_on_one_line_a_problem(region: object) -> None:
    document = {**LEAST, "environment": "dev", "regions": [{**REGION, "region": region}]}
    assert all(line.startswith("gateway.regions[0].") for line in lines_of(document))


PAGE = (Path(__file__).parents[2] / "docs" / "environments.md").read_text()


def test_the_page_has_the_table_of_defaults() -> None:
    paths = [
        (key, *inner)
        for key, value in DEFAULTS[EnvironmentClass.DEV].items()
        for inner in ([(name,) for name in value] if isinstance(value, dict) else [()])
    ]
    rows = []
    for path in paths:
        values: list[Any] = list(DEFAULTS.values())
        for step in path:
            values = [value[step] for value in values]
        rows.append(f"| `{'.'.join(path)}` | {' | '.join(map(yaml_inline, values))} |")
    assert "\n".join(rows) in PAGE


def test_the_page_has_every_setting() -> None:
    document = schema.schema()
    gateway = document["properties"]["config"]["properties"]["multicloud-gateway:gateway"]
    told = {
        row.split("`")[1]
        for row in PAGE.partition("## Settings")[2].partition("\n## ")[0].splitlines()
        if row.startswith("| `")
    }
    assert set(leaves(gateway, document["definitions"], "")) == told


def leaves(node: dict[str, Any], definitions: dict[str, Any], path: str) -> Iterator[str]:
    if "$ref" in node:
        yield from leaves(definitions[node["$ref"].rpartition("/")[2]], definitions, path)
    elif "properties" in node:
        for key, value in node["properties"].items():
            yield from leaves(value, definitions, f"{path}.{key}".removeprefix("."))
    elif any("$ref" in str(of_name) for of_name in node.get("patternProperties", {}).values()):
        (of_name,) = node["patternProperties"].values()
        yield from leaves(of_name, definitions, f"{path}.<name>")
    elif "items" in node and "$ref" in node["items"]:
        yield from leaves(node["items"], definitions, f"{path}[]")
    else:
        forms = [*node.get("allOf", ()), *node.get("anyOf", ())]
        # A network has one of several forms, or is null.
        forms += [one for form in forms for one in form.get("oneOf", ())]
        parts = [part for part in forms if "$ref" in part]
        # A value of its own: a landing may be written as its block.
        if not parts or {"string", "integer"} & {part.get("type") for part in forms}:
            yield path
        for part in parts:
            yield from leaves(part, definitions, path)
