"""Custom plugins: their definitions, and `GatewayPlugin` with a config of any form for them."""

from __future__ import annotations

import pytest
from pulumi.output import UNKNOWN

from providers.base.crud import ADOPTED
from providers.base.errors import BadRequestError, MismatchError, TakenError
from providers.base.model import check
from providers.konnect.core_entities.custom_plugin_schema import plugin_name
from providers.konnect.core_entities.custom_plugin_streaming import MAX_LENGTH
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import OWNER, PLANE, Props
from tests.providers.konnect.examples import PLUGIN
from tests.providers.konnect.groups.custom_plugins import (
    CASES,
    HANDLER,
    SCHEMA,
    STREAMING,
    schema_of,
)
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import LocalKonnect

CONFIG: Props = {
    "greeting": "hello",
    "times": [1, 2.5, None],
    "nested": {"on": True, "hosts": [{"host": "a", "port": 1}]},
}


@pytest.fixture
def schema(konnect: LocalKonnect) -> Engine:
    return Engine(konnect, CASES["GatewayCustomPluginSchema"](konnect))


@pytest.fixture
def streamed(konnect: LocalKonnect) -> Engine:
    return Engine(konnect, CASES["GatewayCustomPluginStreaming"](konnect))


def configured(defined: Engine, **more: object) -> Engine:
    """A plugin of the custom plugin `greeter`, in the control plane of its definition."""
    plane = defined.case.inputs["control_plane_id"]
    inputs = {"control_plane_id": plane, "name": "greeter", "config": CONFIG, **more}
    case = Case(PLUGIN.provider, f"control-planes/{plane}/core-entities/plugins", inputs, {}, {})
    return Engine(defined.konnect, case)


# The same as GatewayPlugin: konnect_gateway_custom_plugin.


@pytest.mark.parametrize("definition", ["schema", "streamed"])
def test_a_plugin_of_a_custom_plugin_has_a_config_of_any_form(
    request: pytest.FixtureRequest, definition: str
) -> None:
    defined: Engine = request.getfixturevalue(definition)
    defined.create()
    engine = configured(defined, instance_name="first", ordering={"before": {"access": ["cors"]}})
    id_, outputs = engine.create()
    (remote,) = engine.ours
    assert remote["config"] == CONFIG
    assert engine.create() == (id_, outputs)
    assert engine.provider.read(id_, outputs).outs == outputs
    changed = {**engine.case.inputs, "config": {**CONFIG, "greeting": "bye"}}
    assert engine.diff(outputs, changed).replaces == []
    outputs = engine.update(id_, outputs, changed)
    assert engine.diff(outputs, changed).changes is False
    import_id = f'{{"id": "{id_}", "control_plane_id": "{outputs["control_plane_id"]}"}}'
    adopted, seen = engine.create(changed, adopt_existing_id=import_id)
    assert (adopted, seen[ADOPTED]) == (id_, True)
    assert engine.diff(seen, changed).changes is False
    engine.delete(id_, outputs)
    assert engine.ours == []


def test_a_plugin_of_a_custom_plugin_that_is_not_defined_is_refused(schema: Engine) -> None:
    with pytest.raises(BadRequestError, match="plugin 'greeter' is not available"):
        configured(schema).create()


def test_a_plugin_of_another_custom_plugin_is_another_plugin() -> None:
    olds = {"control_plane_id": PLANE, "name": "greeter", "config": CONFIG}
    assert PLUGIN.provider().diff("id", olds, {**olds, "name": "welcomer"}).replaces == ["name"]


@pytest.mark.parametrize("definition", ["schema", "streamed"])
def test_what_is_configured_is_not_deleted(request: pytest.FixtureRequest, definition: str) -> None:
    defined: Engine = request.getfixturevalue(definition)
    id_, outputs = defined.create()
    configured(defined).create()
    with pytest.raises(BadRequestError, match="currently in use, please delete existing plugins"):
        defined.delete(id_, outputs)
    assert len(defined.ours) == 1


# Schemas.


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (schema_of("greeter"), "greeter"),
        ("return { name = 'greeter' }", "greeter"),
        ('local NAME <const> = 1\nlocal N = "greeter"\nreturn { name = N }', "greeter"),
        ('-- name = "old"\n--[[ name = "older"\n]]\nreturn { name = "greeter" }', "greeter"),
        ('return { fields = { { name = { type = "string" } } }, name = "greeter" }', "greeter"),
        ('return { name = prefix .. "er" }', None),
        ("return {}", None),
    ],
)
def test_the_name_of_a_plugin_is_read_from_its_schema(text: str, name: str | None) -> None:
    assert plugin_name(text) == name


def test_a_schema_without_a_readable_name_is_refused_in_the_preview() -> None:
    found = check(SCHEMA.inputs, {**SCHEMA.least, "lua_schema": "return {}"})
    ((name, reason),) = found.failures
    assert name == "lua_schema"
    assert reason.startswith("has no name of a plugin: write name =")


def test_a_schema_that_is_not_known_yet_is_not_refused() -> None:
    found = check(SCHEMA.inputs, {"control_plane_id": UNKNOWN, "lua_schema": UNKNOWN})
    assert found.failures == []


def test_a_schema_has_the_name_of_its_plugin_as_id_and_output(schema: Engine) -> None:
    id_, outputs = schema.create()
    assert id_ == outputs["name"] == "greeter"


def test_a_schema_with_another_name_is_created_before_the_old_one_is_deleted(
    schema: Engine,
) -> None:
    _, outputs = schema.create()
    renamed = {**schema.case.inputs, "lua_schema": schema_of("welcomer")}
    result = schema.diff(outputs, renamed)
    assert (result.replaces, result.delete_before_replace) == (["lua_schema"], False)
    id_, _ = schema.create(renamed)
    assert id_ == "welcomer"
    assert len(schema.ours) == 2


def test_a_schema_in_the_preview_of_a_text_that_is_not_known_is_an_update(schema: Engine) -> None:
    _, outputs = schema.create()
    result = schema.diff(outputs, {**schema.case.inputs, "lua_schema": UNKNOWN})
    assert (result.changes, result.replaces) == (True, [])


def test_a_schema_of_another_plugin_is_not_adopted(schema: Engine) -> None:
    id_, _ = schema.create()
    other = {**schema.case.inputs, "lua_schema": schema_of("welcomer")}
    import_id = schema.case.import_id.format(id=id_)
    with pytest.raises(MismatchError, match="differs in what can never change: lua_schema is"):
        schema.create(other, adopt_existing_id=import_id)


def test_a_schema_is_of_the_stack_that_created_its_control_plane(konnect: LocalKonnect) -> None:
    """It has no tags. The control plane of these tests has the label of their stack."""
    plane = konnect.plane("theirs", labels={})
    inputs = {"control_plane_id": plane, "lua_schema": schema_of("greeter")}
    engine = Engine(konnect, Case(SCHEMA.provider, "", {**inputs}, {}, {}))
    engine.create()
    with pytest.raises(TakenError, match="write adopt_existing_id 'greeter'"):
        engine.create()


# Streamed plugins.


@pytest.mark.parametrize("field", ["handler", "schema"])
@pytest.mark.parametrize("length", [0, MAX_LENGTH + 1])
def test_code_has_a_length_that_konnect_takes(field: str, length: int) -> None:
    found = check(STREAMING.inputs, {**STREAMING.full, field: "x" * length})
    ((name, reason),) = found.failures
    assert name == field
    assert reason.startswith("String should have at ")


def test_a_streamed_plugin_carries_the_mark_as_a_tag_that_no_user_sees(streamed: Engine) -> None:
    _, outputs = streamed.create()
    (remote,) = streamed.ours
    assert sorted(remote["tags"]) == ["a", "b", OWNER.tag]
    assert outputs["tags"] == ["a", "b"]
    assert remote["handler"] == outputs["handler"] == HANDLER


def test_a_streamed_plugin_may_not_have_the_name_of_one_of_kongs(streamed: Engine) -> None:
    with pytest.raises(BadRequestError, match="'cors' is one of Kong's own"):
        streamed.create({**streamed.case.inputs, "name": "cors"})
