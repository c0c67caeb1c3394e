from __future__ import annotations

import copy
from typing import Any

import pytest

from sandbox.data_plane.transforming import Changes, change_fields, change_json, path_of

FIELDS = {"a": ["1"], "b": ["2", "3"]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (Changes(remove=["a", "x"]), {"b": ["2", "3"]}),
        (Changes(rename=[("b", "c"), ("x", "y")]), {"a": ["1"], "c": ["2", "3"]}),
        (Changes(replace=[("b", "9"), ("x", "9")]), {"a": ["1"], "b": ["9"]}),
        (Changes(add=[("a", "9"), ("x", "9")]), {"a": ["1"], "b": ["2", "3"], "x": ["9"]}),
        (Changes(append=[("a", "9"), ("x", "9")]), {"a": ["1", "9"], "b": ["2", "3"], "x": ["9"]}),
        (
            Changes(
                remove=["a"],
                rename=[("b", "a")],
                replace=[("a", "8")],
                add=[("a", "no"), ("c", "1")],
                append=[("a", "9")],
            ),
            {"a": ["8", "9"], "c": ["1"]},
        ),
    ],
)
def test_fields_are_changed_in_the_documented_order(
    changes: Changes, expected: dict[str, list[str]]
) -> None:
    fields = copy.deepcopy(FIELDS)
    change_fields(fields, changes)
    assert fields == expected


PEOPLE = {
    "customers": [
        {"name": "anna", "info": {"phone": "1", "tags": ["x"]}},
        {"name": "bert", "info": {"phone": "2"}},
    ],
    "a.b": 1,
    "n": 5,
}


@pytest.mark.parametrize(
    ("changes", "dots", "path", "expected"),
    [
        (Changes(remove=["a.b"]), True, ("a.b",), None),
        (Changes(remove=["a.b"]), False, ("a.b",), 1),
        (
            Changes(remove=["customers[*].info.phone"]),
            False,
            ("customers", 0, "info", "phone"),
            None,
        ),
        (
            Changes(remove=["customers[*].info.phone"]),
            False,
            ("customers", 1, "info", "phone"),
            None,
        ),
        (Changes(remove=["customers[1]"]), False, ("customers", 0, "name"), "bert"),
        (Changes(remove=["customers[*]"]), False, ("customers",), []),
        (
            Changes(rename=[("customers[2].name", "first")]),
            False,
            ("customers", 1, "first"),
            "bert",
        ),
        (Changes(replace=[("customers[*].name", "x")]), False, ("customers", 1, "name"), "x"),
        (Changes(replace=[("customers[1].age", 3)]), False, ("customers", 0, "age"), None),
        (Changes(add=[("customers[1].age", 3)]), False, ("customers", 0, "age"), 3),
        (Changes(add=[("customers[1].name", "x")]), False, ("customers", 0, "name"), "anna"),
        (
            Changes(append=[("customers[1].info.tags", "y")]),
            False,
            ("customers", 0, "info", "tags"),
            ["x", "y"],
        ),
        (
            Changes(append=[("customers[1].name", "b")]),
            False,
            ("customers", 0, "name"),
            ["anna", "b"],
        ),
        (Changes(append=[("new", "b")]), True, ("new",), ["b"]),
        (Changes(append=[("n", "b")]), True, ("n",), ["b"]),
        (Changes(add=[("missing.deep", 1)]), False, ("missing",), None),
    ],
)
def test_json_is_changed_at_properties_and_at_paths(
    changes: Changes, dots: bool, path: tuple[Any, ...], expected: Any
) -> None:
    value = copy.deepcopy(PEOPLE)
    change_json(value, changes, dots_in_keys=dots)
    found: Any = value
    for step in path:
        found = found[step] if isinstance(found, list) else found.get(step)
    assert found == expected


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a", ["a"]),
        ("a.b", ["a", "b"]),
        ("a[*].b[2]", ["a", "*", "b", 1]),
        ("[1].a", [0, "a"]),
        ("a[x]", ["a[x]"]),
    ],
)
def test_a_name_leads_into_objects_and_arrays(name: str, path: list[str | int]) -> None:
    assert path_of(name) == path
