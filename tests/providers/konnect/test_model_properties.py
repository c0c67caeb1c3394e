"""What check and diff promise for the inputs of every resource, whatever is written.

A dynamic provider is handed plain dictionaries: numbers as floats, lists in any order,
`Unknown` objects anywhere in a preview. These hold for every model.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi.output import UNKNOWN

from providers.base import credentials
from providers.base.credentials import fingerprint_name
from providers.base.model import (
    WRITE_ONLY,
    Trait,
    changes,
    check,
    observed,
    replacements,
    unknown_paths,
)
from providers.konnect.crud import KonnectResourceProvider
from tests.providers.konnect.example import Example, Props, name_of
from tests.providers.konnect.examples import EXAMPLES

Path = tuple[str | int, ...]

every_resource = pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
quick = settings(
    max_examples=8,  # Of each resource, so each property is tried some three hundred times.
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

texts = st.text(max_size=8) | st.sampled_from(["aws", "private", "10.0.0.0/16", "3.13", "{vault:"])
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | texts
    | st.just(UNKNOWN)
    | st.just(pulumi.StringAsset("text")),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(texts, children, max_size=3),
    max_leaves=6,
)


def known_fingerprints(provider: KonnectResourceProvider[Any], inputs: Props) -> Props:
    """What state holds of write-only inputs."""
    names = [n for n in provider.Inputs.named(WRITE_ONLY) if isinstance(inputs.get(n), str)]
    return {fingerprint_name(name): credentials.fingerprint(inputs[name], "salt") for name in names}


def nodes(value: object, at: Path = ()) -> Iterator[Path]:
    """The path of everything inside ``value``."""
    if at:
        yield at
    if isinstance(value, dict):
        for key, item in value.items():
            yield from nodes(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from nodes(item, (*at, index))


def replaced(value: Any, path: Path, new: object) -> Any:
    """A copy of ``value`` with another thing at ``path``."""
    if not path:
        return new
    head, *rest = path
    items = value.items() if isinstance(value, dict) else enumerate(value)
    copy = {key: replaced(item, tuple(rest), new) if key == head else item for key, item in items}
    return copy if isinstance(value, dict) else list(copy.values())


def floats(value: Any) -> Any:
    """``value`` as it arrives over the wire, where every number is a float."""
    if isinstance(value, dict):
        return {key: floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def shuffled(value: Any, rng: random.Random) -> Any:
    """``value`` with its lists in another order and one item twice.

    The free-form `config` of partials and plugins is left alone, and so are `ordering` and the
    `definition` of a dashboard: their lists are Kong's and may mean an order.
    """
    if isinstance(value, dict):
        return {
            key: item if key in ("ordering", "config", "definition") else shuffled(item, rng)
            for key, item in value.items()
        }
    if isinstance(value, list) and value:
        items = [shuffled(item, rng) for item in value]
        return rng.sample([*items, items[0]], len(items) + 1)
    return value


def optional(example: Example) -> list[str]:
    """The inputs that need not be written: no rule asks for them either."""
    kept = {*example.least, "version", "cidr_blocks", "paths", "config"}
    return [name for name in example.full if name not in kept]


@st.composite
def valid(draw: st.DrawFn, example: Example) -> Props:
    """Valid inputs: the full ones without some of those that are optional."""
    dropped = draw(st.sets(st.sampled_from(optional(example))))
    return {name: item for name, item in example.full.items() if name not in dropped}


@every_resource
@given(st.data())
@quick
def test_check_never_raises_for_any_dictionary(example: Example, data: st.DataObject) -> None:
    names = st.sampled_from(sorted(example.inputs.model_fields)) | texts
    news = data.draw(st.dictionaries(names, anything, max_size=6))
    checked = check(example.inputs, news)
    assert all(isinstance(reason, str) for _, reason in checked.failures)


@every_resource
@given(st.data())
@quick
def test_check_never_raises_for_valid_inputs_with_anything_in_one_place(
    example: Example, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(list(nodes(example.full))))
    news = replaced(example.full, path, data.draw(anything))
    checked = check(example.inputs, news)
    changed = changes(example.inputs, example.full, checked.inputs)
    example.provider().replacements(changed, example.full, checked.inputs)
    assert {name for name, _ in checked.failures} <= {*example.inputs.model_fields, path[0]}


JUNK: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 2.0, 10**12, float("inf"), "", "x", "10.0.0.0/16", "{vault:"),
    *([], [None], [[]], ["x", "x"], {}, {"id": None}, {"kind": "x"}, UNKNOWN, [UNKNOWN]),
    *({"id": UNKNOWN}, "x" * 300, pulumi.StringAsset("text")),
)


def generated(example: Example, rng: random.Random) -> Props:
    """Inputs that are valid, or nearly so, or hardly."""
    news = {k: v for k, v in example.full.items() if k in example.least or rng.random() < 0.8}
    for _ in range(rng.choice((0, 0, 1, 1, 2, 4))):
        path = rng.choice([*nodes(news), ("nonsense",)])
        news = replaced({**news, path[0]: news.get(str(path[0]))}, path, rng.choice(JUNK))
    news = shuffled(news, rng) if rng.random() < 0.5 else news
    return floats(news) if rng.random() < 0.3 else news


@every_resource
@given(st.integers(0, 2**32))
@settings(max_examples=10, deadline=None, derandomize=True, database=None)
def test_no_generated_input_makes_check_raise_or_say_another_thing_the_second_time(
    example: Example, seed: int
) -> None:
    """Five hundred inputs of each resource: ten seeds of fifty inputs.

    Hypothesis draws the seeds only, because it is too slow to draw so many inputs.
    """
    provider = example.provider()
    rng = random.Random(seed)
    for _ in range(50):
        once = check(example.inputs, generated(example, rng))
        assert all(isinstance(reason, str) for _, reason in once.failures)
        if once.failures:
            continue
        assert check(example.inputs, once.inputs) == once
        outputs = {**once.inputs, **known_fingerprints(provider, once.inputs)}
        unknown = {path[0] for path in unknown_paths(once.inputs)}
        assert set(changes(example.inputs, outputs, once.inputs)) == unknown - {"adopt_existing_id"}


@every_resource
@given(st.data())
@quick
def test_valid_inputs_have_no_failures_and_normalising_twice_equals_once(
    example: Example, data: st.DataObject
) -> None:
    once = check(example.inputs, data.draw(valid(example)))
    assert once.failures == []
    twice = check(example.inputs, once.inputs)
    assert twice == once


@every_resource
@given(st.data())
@quick
def test_a_diff_of_equal_inputs_is_empty_also_after_the_wire(
    example: Example, data: st.DataObject
) -> None:
    written = check(example.inputs, data.draw(valid(example))).inputs
    known = known_fingerprints(example.provider(), written)
    outputs = {**written, **known, "id": "x", "__provider": "gASV", "state": "ready"}
    assert changes(example.inputs, outputs, written) == []
    assert changes(example.inputs, floats(outputs), floats(written)) == []


@every_resource
@given(st.data(), st.randoms(use_true_random=False))
@quick
def test_the_order_and_repetition_of_a_set_never_matter(
    example: Example, data: st.DataObject, rng: random.Random
) -> None:
    written = data.draw(valid(example))
    checked = check(example.inputs, shuffled(written, rng))
    assert checked == check(example.inputs, written)
    # Konnect may answer in another order, and an older release may have recorded one.
    known = known_fingerprints(example.provider(), checked.inputs)
    outputs = {**shuffled(checked.inputs, rng), **known}
    assert changes(example.inputs, outputs, checked.inputs) == []


@every_resource
@given(st.data())
@quick
def test_numbers_are_integers_again_after_the_wire(example: Example, data: st.DataObject) -> None:
    written = data.draw(valid(example))
    over_wire = check(example.inputs, floats(written))
    # By text, since Python holds 1.0 and 1 for equal and Konnect does not.
    assert json.dumps(over_wire.inputs) == json.dumps(check(example.inputs, written).inputs)


@every_resource
@given(st.data())
@quick
def test_an_unknown_anywhere_in_valid_inputs_is_no_failure_and_stays_unknown(
    example: Example, data: st.DataObject
) -> None:
    paths = data.draw(st.lists(st.sampled_from(list(nodes(example.full))), min_size=1, max_size=3))
    # Deepest first, so that a path is still there when it is replaced.
    news = example.full
    for path in sorted(paths, key=len, reverse=True):
        news = replaced(news, path, UNKNOWN)
    checked = check(example.inputs, news)
    assert checked.failures == []
    for name in {str(path[0]) for path in paths}:
        assert checked.inputs[name] == news[name]


@every_resource
@given(st.data())
@quick
def test_an_unknown_counts_as_a_change_of_its_field_only(
    example: Example, data: st.DataObject
) -> None:
    compared = [n for n in example.full if Trait.LOCAL not in example.inputs.traits(n)]
    path = data.draw(st.sampled_from([p for p in nodes(example.full) if p[0] in compared]))
    written = check(example.inputs, example.full).inputs
    olds = {**written, **known_fingerprints(example.provider(), written)}
    news = check(example.inputs, replaced(example.full, path, UNKNOWN)).inputs
    assert changes(example.inputs, olds, news) == [path[0]]


@every_resource
@given(st.data())
@quick
def test_an_unknown_hides_no_failure_of_another_field(
    example: Example, data: st.DataObject
) -> None:
    wrong, hidden = data.draw(
        st.lists(st.sampled_from(sorted(example.full.keys())), min_size=2, max_size=2, unique=True)
    )
    news = {**example.full, wrong: object()}
    expected = [failure for failure in check(example.inputs, news).failures if failure[0] == wrong]
    assert expected
    beside_unknown = check(example.inputs, {**news, hidden: UNKNOWN})
    assert beside_unknown.failures == expected


@every_resource
@given(st.data())
@quick
def test_everything_wrong_is_reported_at_once_under_its_property(
    example: Example, data: st.DataObject
) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted(example.full)), min_size=1))
    checked = check(example.inputs, {**example.full, **dict.fromkeys(names, object())})
    assert {name for name, _ in checked.failures} == names


@every_resource
@given(st.data())
@quick
def test_a_required_input_that_is_missing_is_named(example: Example, data: st.DataObject) -> None:
    required = [n for n, info in example.inputs.model_fields.items() if info.is_required()]
    missing = data.draw(st.sets(st.sampled_from(required), min_size=1))
    others = sorted(example.full.keys() - missing)
    unknown = data.draw(st.sampled_from([None, *others]))
    news = {name: item for name, item in example.full.items() if name not in missing}
    if unknown is not None:
        news[unknown] = UNKNOWN
    assert sorted(check(example.inputs, news).failures) == sorted(
        (name, "is required") for name in missing
    )


@every_resource
def test_a_property_that_does_not_exist_is_refused_known_or_not(example: Example) -> None:
    for value in (1, UNKNOWN):
        ((name, reason),) = check(example.inputs, {**example.full, "nonsense": value}).failures
        assert name == "nonsense"
        assert "no such property" in reason


@every_resource
def test_the_engines_own_keys_are_not_inputs(example: Example) -> None:
    checked = check(example.inputs, {**example.full, "__provider": "x", "__defaults": []})
    assert checked.failures == []
    assert not any(name.startswith("__") for name in checked.inputs)


@every_resource
@given(st.data())
@quick
def test_what_the_server_decides_is_compared_only_when_it_is_written(
    example: Example, data: st.DataObject
) -> None:
    names = [n for n in example.full if Trait.SERVER_DEFAULT in example.inputs.traits(n)]
    olds = check(example.inputs, example.full).inputs
    for name in names:
        news = {key: item for key, item in olds.items() if key != name}
        assert changes(example.inputs, {**olds, name: data.draw(anything)}, news) == []
        assert changes(example.inputs, {**olds, name: None}, olds) == [name]


@every_resource
@given(st.data())
@quick
def test_what_konnect_returns_of_valid_inputs_is_no_drift(
    example: Example, data: st.DataObject
) -> None:
    written = check(example.inputs, data.draw(valid(example))).inputs
    returned = floats(example.answer(written))
    seen = observed(example.inputs, example.provider().remote_inputs(returned), written)
    known = known_fingerprints(example.provider(), written)
    assert changes(example.inputs, {**seen, **known}, written) == []
    assert seen == {n: v for n, v in written.items() if fingerprint_name(n) not in known}


@every_resource
@given(st.data())
@quick
def test_replacements_are_some_of_the_changes_whatever_the_old_state_holds(
    example: Example, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(list(nodes(example.full))))
    olds = replaced(example.full, path, data.draw(anything.filter(lambda v: v is not UNKNOWN)))
    news = check(example.inputs, example.full).inputs
    changed = changes(example.inputs, olds, news)
    assert set(replacements(example.inputs, changed)) <= set(changed)
    assert set(example.provider().replacements(changed, olds, news)) <= set(changed)
