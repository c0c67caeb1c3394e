"""Writing a program: names, order, references and the form of the text."""

from __future__ import annotations

import ast
import random
from typing import Any

import pytest

from providers.konnect.adopt.found import Adopted
from providers.konnect.adopt.program import Secret, commands, literal, variables, write
from tests.providers.konnect.adopt.stage import is_formatted
from tests.providers.konnect.example import ENTITY, OTHER, PLANE


def adopted(resource: str = "GatewayService", label: str = "orders", **more: Any) -> Adopted:
    inputs = {"control_plane_id": PLANE, **more.pop("inputs", {})}
    return Adopted(resource, more.pop("import_id", ENTITY), inputs, label, "there", **more)


def plane(label: str = "main") -> Adopted:
    return Adopted("GatewayControlPlane", PLANE, {"name": "main"}, label, "there", PLANE)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("orders", "orders_service"),
        ("Orders: prod (EU)", "orders_prod_eu_service"),
        ("orders_service", "orders_service"),
        ("Größe", "grosse_service"),
        ("10.0.0.1:80", "service_10_0_0_1_80"),
        ("", "service"),
        ("注文", "service"),
        ("class", "class_service"),
        ("x" * 90, "x" * 40 + "_service"),
    ],
)
def test_a_variable_is_named_by_the_label_and_the_kind(label: str, name: str) -> None:
    assert list(variables([adopted(label=label)])) == [name]


def test_equal_labels_get_numbers_within_their_kind_only() -> None:
    found = [adopted(), adopted(), adopted("GatewayRoute"), adopted()]
    assert list(variables(found)) == [
        "orders_service",
        "orders_service_2",
        "orders_route",
        "orders_service_3",
    ]


def test_an_id_of_another_object_becomes_its_variable_wherever_it_is() -> None:
    route = adopted("GatewayRoute", inputs={"service": {"id": ENTITY}, "tags": [ENTITY, OTHER]})
    text = write([route, adopted(id=ENTITY), plane()], "here").text
    assert 'service={"id": orders_service.id}' in text
    assert f'tags=[orders_service.id, "{OTHER}"]' in text
    assert text.count("control_plane_id=main_control_plane.id") == 2
    names = ("main_control_plane", "orders_service", "orders_route")
    places = [text.index(f"{name} = ") for name in names]
    assert places == sorted(places)


def test_of_two_objects_that_refer_to_each_other_one_keeps_the_id() -> None:
    first = adopted(label="first", id=ENTITY, inputs={"tags": [OTHER]})
    second = adopted(label="second", id=OTHER, inputs={"tags": [ENTITY]})
    text = write([first, second], "here").text
    assert "tags=[second_service.id]" in text
    assert f'tags=["{ENTITY}"]' in text


@pytest.mark.parametrize("owner", ["control_plane", "control_plane_group"])
def test_the_partial_of_a_control_planes_cache_is_looked_up_and_a_groups_is_not(
    owner: str,
) -> None:
    inputs = {"name": "cache", "owner": {f"{owner}_id": PLANE}}
    cache = Adopted("CloudGatewayAddon", OTHER, inputs, "cache", "there", OTHER, ENTITY)
    plugin = adopted("GatewayPlugin", inputs={"name": "cors", "partials": [{"id": ENTITY}]})
    text = write([plugin, cache], "here").text
    if owner == "control_plane":
        assert 'partials=[{"id": cache_addon_partial_id}]' in text
        assert text.index("cache_addon = ") < text.index("cache_addon_partial_id = ")
        assert text.index("cache_addon_partial_id = ") < text.index("orders_plugin = ")
    else:
        assert f'partials=[{{"id": "{ENTITY}"}}]' in text
        assert "get_managed_partial" not in text


def test_without_secrets_there_is_no_configuration_to_read() -> None:
    assert "pulumi" not in write([plane()], "here").text.partition("# Read from")[2]


def test_the_origin_cannot_break_out_of_its_comment() -> None:
    text = write([plane()], 'a"""\nimport os\n').text
    assert not [node for node in ast.parse(text).body if isinstance(node, ast.Import)]


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "it's",
        'say "a"',
        "both ' and \"",
        "back\\slash",
        "line\nend",
        "tab\t",
        "ü",
        "\x00",
        "",
    ],
)
def test_a_text_is_written_so_that_it_is_read_back(text: str) -> None:
    assert ast.literal_eval(literal(text)) == text


def test_any_inputs_are_formatted_and_read_back() -> None:
    choose = random.Random(7)
    words = ["a", "it's", 'a "b" c', "x" * 70, "one\ntwo\n" + "y" * 80, "\\d+", "ü{}"]

    def value(depth: int) -> Any:
        kind = choose.randrange(7 if depth else 4)
        if kind < 4:
            return [choose.choice(words), choose.randrange(10**6), 0.5, True][kind]
        items = [value(depth - 1) for _ in range(choose.randrange(5))]
        return (
            items if kind == 4 else {f"{choose.choice(words)}{i}": v for i, v in enumerate(items)}
        )

    configs = [{"k": value(4)} for _ in range(60)]
    found = [
        adopted("GatewayPlugin", f"p{i}", inputs={"name": "cors", "config": c})
        for i, c in enumerate(configs)
    ]
    text = write(found, "here").text
    calls = [node.value for node in ast.parse(text).body if isinstance(node, ast.Assign)]
    written = [
        ast.literal_eval(keyword.value)
        for call in calls
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg == "config"
    ]
    assert written == configs
    assert is_formatted(text)


def test_the_commands_for_secrets_hold_the_values_only_as_input_of_a_pipe() -> None:
    script = commands(
        [
            Secret("orders_key", "there", "key", "it's $HOME\nsecret"),
            Secret("lost", "there", "value", None),
        ]
    )
    assert script.splitlines()[0] == "set -e"
    assert "pulumi config set --secret --raw orders_key" in script
    assert "# lost is unknown: set it to value of there" in script
