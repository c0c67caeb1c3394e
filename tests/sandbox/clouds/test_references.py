"""What a reference means, over every reference of every type: generated from the declarations."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from sandbox.clouds.inputs import Input
from sandbox.store import Found, Store
from tests.sandbox.clouds.examples.aws import AWS_EXAMPLES
from tests.sandbox.clouds.examples.azure import AZURE_EXAMPLES
from tests.sandbox.clouds.examples.gcp import GCP_EXAMPLES
from tests.sandbox.clouds.examples.model import Builder, Examples, Reference, references
from tests.sandbox.clouds.harness import Made, Provider, Refused

Connect = Callable[..., Provider]

CLOUDS = (AWS_EXAMPLES, AZURE_EXAMPLES, GCP_EXAMPLES)
REFERENCES = [found for of in CLOUDS for found in references(of)]
every_cloud = pytest.mark.parametrize("of", CLOUDS, ids=lambda of: of.cloud.name)
every_reference = pytest.mark.parametrize("case", REFERENCES, ids=str)


Build = Callable[..., Builder]


@pytest.fixture
def build(connect: Connect) -> Build:
    """Make a builder of a cloud's examples: at home, of a third tenant, or in another place."""

    def build(of: Examples, *, third: bool = False, away: bool = False) -> Builder:
        place = (of.away or {}) if away else {}
        own, other = (of.third, of.third) if third else (of.own, of.other)
        package = of.cloud.package
        return Builder(of, connect(package, {**own, **place}), connect(package, {**other, **place}))

    return build


def declared(prefix: str, inputs: dict[str, Input]) -> set[str]:
    """The property paths of the references of a type."""
    found: set[str] = set()
    for name, spec in inputs.items():
        if spec.ref is not None:
            found.add(prefix + name)
        found |= declared(f"{prefix}{name}.", dict(spec.members))
    return found


@every_cloud
def test_every_type_and_reference_has_an_example(of: Examples) -> None:
    shown = {(found.token, found.path) for found in REFERENCES if found.of is of}
    wanted = {
        (token, path)
        for token, type_ in of.cloud.types.items()
        for path in declared("", dict(type_.inputs))
    }
    assert wanted - shown == set()
    assert {example.token for example in of.examples.values()} == set(of.cloud.types)


@every_cloud
def test_all_examples_can_be_created_side_by_side_and_deleted(
    of: Examples, build: Build, store: Store
) -> None:
    builder = build(of)
    for name in of.examples:
        builder.build(name)
    for name, made in builder.made.items():
        assert builder.provider(name).read(made) is not None
    for name, made in reversed(builder.made.items()):
        builder.provider(name).delete(made)
    assert store.everything() == {}


def refused(builder: Builder, case: Reference, value: object, code: str) -> None:
    """Assert that the example is refused with a value of the reference."""
    inputs = builder.inputs(case.name, (case.path, value))
    with pytest.raises(Refused, match=re.escape(code)):
        builder.create(case.name, inputs)


@every_reference
def test_a_reference_to_nothing_is_refused(case: Reference, build: Build) -> None:
    builder = build(case.of)
    value = case.target.value(builder.build(case.target.name))
    refused(builder, case, case.of.missing(value), case.missing)


@pytest.mark.parametrize("case", [case for case in REFERENCES if not case.fixed], ids=str)
def test_an_update_to_a_reference_to_nothing_is_refused(case: Reference, build: Build) -> None:
    builder = build(case.of)
    made = builder.build(case.name)
    value = case.of.missing(case.target.value(builder.made[case.target.name]))
    prop = case.path.split(".")[0]
    inputs = builder.inputs(case.name, (case.path, value))
    with pytest.raises(Refused, match=re.escape(case.missing)):
        builder.provider(case.name).update(made, **{prop: inputs[prop]})


def answered(builder: Builder, case: Reference, value: object, code: str | None) -> None:
    """Assert that the cloud refuses a value with a code, or takes it when it permits it."""
    if code is not None:
        refused(builder, case, value, code)
    else:
        assert builder.create(case.name, builder.inputs(case.name, (case.path, value)))


@every_reference
def test_an_object_of_another_tenant_does_not_exist(case: Reference, build: Build) -> None:
    foreign = build(case.of, third=True).build(case.target.name)
    code = case.answer(case.of.third_tenant)
    answered(build(case.of), case, case.target.value(foreign), code)


@pytest.mark.parametrize("case", [case for case in REFERENCES if case.of.away], ids=str)
def test_an_object_of_another_place_does_not_exist(case: Reference, build: Build) -> None:
    distant = build(case.of, away=True).build(case.target.name)
    code = case.answer(case.of.other_place)
    answered(build(case.of), case, case.target.value(distant), code)


def found(store: Store, token: str, id_: str) -> Found | None:
    return next(store.anywhere(token.split(":")[0].split("-")[0], token, id_), None)


def delete_other_users(store: Store, of: Examples, target: Found, spare: Made) -> None:
    """Delete what keeps an object from being deleted, but one."""
    for path, holder in store.users(target):
        blocks = of.cloud.types[holder.kind].on_delete[path] == "block"
        gone = found(store, holder.kind, holder.id) is None
        if not gone and blocks and (holder.kind, holder.id) != (spare.token, spare.id):
            delete_other_users(store, of, holder, spare)
            store.within(holder.tenant, holder.place).delete(holder.cloud, holder.kind, holder.id)


@every_reference
def test_an_object_in_use_stays_or_its_users_go_or_lose_it(
    case: Reference, build: Build, store: Store
) -> None:
    builder = build(case.of)
    holder = builder.build(case.name)
    target = builder.made[case.target.name]
    stored = found(store, target.token, target.id)
    assert stored is not None
    provider = builder.provider(case.target.name)
    with store.transaction():
        delete_other_users(store, case.of, stored, holder)
    if case.ref.on_delete == "block":
        with pytest.raises(Refused):
            provider.delete(target)
        assert found(store, target.token, target.id) is not None
        assert found(store, holder.token, holder.id) is not None
        return
    provider.delete(target)
    assert found(store, target.token, target.id) is None
    assert (found(store, holder.token, holder.id) is None) is (case.ref.on_delete == "cascade")
