"""Create, read, change and delete of every resource, against the simulated Konnect.

The provider classes are called as the SDK calls them, in this process. What it takes to
survive a crash is shown here: state is lost between any two calls.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from providers.base.crud import ADOPTED
from providers.base.errors import (
    BadRequestError,
    ForbiddenError,
    MismatchError,
    NotFoundError,
    ProviderError,
    ServerError,
    UnauthorizedError,
)
from providers.base.model import WRITE_ONLY
from tests.providers.konnect.cases import CASES
from tests.providers.konnect.example import Example, Props, name_of
from tests.providers.konnect.examples import ADDON, EXAMPLES
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import LocalKonnect


@pytest.fixture(params=CASES)
def engine(request: pytest.FixtureRequest, konnect: LocalKonnect) -> Engine:
    """Each resource in turn, with what it needs in place and no request counted yet."""
    case = CASES[request.param](konnect)
    konnect.requests.clear()
    return Engine(konnect, case)


def those(condition: Callable[[Example], object]) -> pytest.MarkDecorator:
    """The resources of which a condition holds."""
    names = [name_of(example) for example in EXAMPLES if condition(example)]
    return pytest.mark.parametrize("engine", names, indirect=True)


with_something_fixed = those(
    lambda e: {**e.replaces, **e.refused}.keys() - {*e.provider.natural_key}
)
"""The others have nothing fixed but their natural key: with another one they are others."""
that_can_change = those(lambda e: e.updates)
that_keep_their_key = those(lambda e: e.updates.keys() - {*e.provider.natural_key})
"""A network, say, can change in nothing but its name."""


def test_create_makes_one_object_in_one_write_and_returns_at_once(engine: Engine) -> None:
    id_, outputs = engine.create()
    assert len(engine.konnect.writes) == 1
    (remote,) = engine.ours
    assert id_ == engine.provider.id_of(remote)
    recorded = engine.recorded(engine.case.inputs)
    assert {name: outputs[name] for name in recorded} == recorded
    assert all(name in outputs for name in engine.provider.computed(remote))


def test_what_was_created_needs_no_change(engine: Engine) -> None:
    _, outputs = engine.create()
    assert engine.diff(outputs, engine.case.inputs).changes is False


def test_create_again_after_a_crash_finds_the_object_and_writes_nothing(engine: Engine) -> None:
    first = engine.create()
    if engine.case.shown_once:
        with pytest.raises(ProviderError, match=rf"exists already \({first[0]}\)"):
            engine.create()
    else:
        assert engine.create() == first
    assert len(engine.konnect.writes) == 1 + engine.case.rewritten
    assert len(engine.ours) == 1


@that_keep_their_key
def test_create_again_with_another_value_goes_on_with_the_object_and_changes_it(
    engine: Engine,
) -> None:
    id_, _ = engine.create()
    engine.settle()
    again, outputs = engine.create(engine.case.changed)
    assert again == id_
    assert len(engine.konnect.writes) == 2
    assert len(engine.ours) == 1
    assert engine.diff(outputs, engine.case.changed).changes is False


@with_something_fixed
def test_create_does_not_take_an_object_that_differs_where_it_can_never_change(
    engine: Engine,
) -> None:
    id_, _ = engine.create()
    with pytest.raises(MismatchError) as error:
        engine.create({**engine.case.inputs, **engine.case.fixed})
    ((name, here),) = engine.case.fixed.items()
    text = str(error.value)
    assert f"exists already ({id_})" in text
    assert f"{name} is " in text
    assert " in Konnect and " in text
    if isinstance(here, str):
        assert f'"{here}" here' in text
    assert len(engine.konnect.writes) == 1


@pytest.mark.parametrize("fault", [{"drop": True}, {"status": 500}, {"status": 503}], ids=str)
def test_a_lost_answer_leaves_one_object_and_its_id(engine: Engine, fault: Props) -> None:
    method = engine.case.creates_with
    engine.konnect.fault(method=method, when="after", **fault)
    id_, outputs = engine.create()
    (remote,) = engine.ours
    assert id_ == engine.provider.id_of(remote)
    assert engine.diff(outputs, engine.case.inputs).changes is False


@pytest.mark.parametrize("fault", [{"drop": True}, {"status": 502}], ids=str)
def test_a_write_that_was_not_done_is_done_again(engine: Engine, fault: Props) -> None:
    method = engine.case.creates_with
    engine.konnect.fault(method=method, when="before", **fault)
    id_, _ = engine.create()
    (remote,) = engine.ours
    assert id_ == engine.provider.id_of(remote)
    assert [m for m, _ in engine.konnect.writes] == [method, method]


def test_a_konnect_that_stays_down_is_an_error_and_the_next_run_goes_on(engine: Engine) -> None:
    engine.konnect.fault(status=503, times=100)
    with pytest.raises(ServerError, match="503"):
        engine.create()
    assert engine.ours == []
    engine.konnect.end_faults()
    engine.create()
    assert len(engine.ours) == 1


def test_read_returns_inputs_and_outputs_as_they_are(engine: Engine) -> None:
    id_, outputs = engine.create()
    result = engine.provider.read(id_, outputs)
    assert result.id == id_
    assert result.outs == outputs
    assert result.inputs is not None
    assert engine.diff(result.outs, engine.case.inputs).changes is False
    # After a refresh the engine keeps these as the inputs: they are valid and change nothing.
    assert engine.provider.diff(id_, result.outs, result.inputs).changes is False


def test_read_of_what_is_gone_says_gone(engine: Engine) -> None:
    id_, outputs = engine.create()
    engine.delete(id_, outputs)
    result = engine.provider.read(id_, outputs)
    assert (result.id, result.outs) == (None, {})


def test_read_of_what_cannot_be_read_is_an_error_and_never_gone(engine: Engine) -> None:
    id_, outputs = engine.create()
    errors = {403: ForbiddenError, 401: UnauthorizedError, 500: ServerError}
    for status, cls in errors.items():
        engine.konnect.fault(method="GET", status=status, times=100)
        with pytest.raises(cls):
            engine.provider.read(id_, outputs)
        engine.konnect.end_faults()


@that_can_change
def test_read_shows_what_somebody_else_changed_until_it_is_changed_back(engine: Engine) -> None:
    id_, outputs = engine.create()
    engine.settle()
    engine.update(id_, outputs, engine.case.drifted)
    engine.settle()
    refreshed = engine.provider.read(id_, outputs)
    assert refreshed.outs is not None
    assert refreshed.inputs is not None
    for name in engine.case.drift or engine.case.change:
        wanted = engine.recorded(engine.case.drifted).get(name)
        assert refreshed.outs.get(name) == wanted
        assert refreshed.inputs.get(name) == wanted
    assert engine.diff(refreshed.outs, engine.case.inputs).changes is True
    if engine.provider.check(refreshed.inputs, engine.case.inputs).failures:
        return  # A cache never shrinks.
    outputs = engine.update(id_, refreshed.outs, engine.case.inputs)
    again = engine.provider.read(id_, outputs)
    assert again.outs == outputs


@that_can_change
def test_refresh_shows_a_drift_however_often_it_ran_before(engine: Engine) -> None:
    id_, outputs = engine.create()
    kept = engine.provider.read(id_, outputs)
    assert kept.outs is not None
    assert kept.inputs is not None
    engine.settle()
    engine.update(id_, outputs, engine.case.drifted)
    drifted = engine.provider.read(id_, kept.outs)
    assert drifted.outs is not None
    # So the engine asks at a refresh: what is there now, against the inputs it has recorded.
    assert engine.provider.diff(id_, drifted.outs, kept.inputs).changes is True


@that_can_change
def test_update_is_one_write_and_keeps_the_id(engine: Engine) -> None:
    id_, outputs = engine.create()
    engine.settle()
    outputs = engine.update(id_, outputs, engine.case.changed)
    assert len(engine.konnect.writes) == 2
    (remote,) = engine.ours
    assert engine.provider.id_of(remote) == id_
    assert engine.diff(outputs, engine.case.changed).changes is False
    assert engine.provider.read(id_, outputs).outs == outputs


def test_update_without_a_difference_writes_nothing(engine: Engine) -> None:
    id_, outputs = engine.create()
    engine.settle()
    assert engine.update(id_, outputs, engine.case.inputs) == outputs
    assert len(engine.konnect.writes) == 1


@those(lambda e: e.updates and e is not ADDON)
def test_an_update_whose_answer_is_lost_is_repeated_to_the_same_end(engine: Engine) -> None:
    """A cache is left out: while it is resized it takes no write, not even the same again."""
    id_, outputs = engine.create()
    engine.settle()
    engine.konnect.fault(drop=True, when="after")
    outputs = engine.update(id_, outputs, engine.case.changed)
    assert engine.provider.read(id_, outputs).outs == outputs


def test_delete_leaves_nothing_and_is_done_when_it_returns(engine: Engine) -> None:
    id_, outputs = engine.create()
    engine.delete(id_, outputs)
    left = [item for item in engine.ours if item.get("dataplane_group_config") != []]
    assert [item for item in left if item.get("state") != "terminating"] == []


def test_delete_of_what_is_gone_is_success(engine: Engine) -> None:
    id_, outputs = engine.create()
    engine.delete(id_, outputs)
    engine.konnect.fault(method="PUT", status=500)  # Nothing is to be emptied once more.
    engine.delete(id_, outputs)


def test_delete_that_is_refused_is_an_error(engine: Engine) -> None:
    id_, outputs = engine.create()
    for status, cls in {403: ForbiddenError, 401: UnauthorizedError}.items():
        engine.konnect.fault(status=status, times=100)
        with pytest.raises(cls):
            engine.delete(id_, outputs)
        engine.konnect.end_faults()
    assert len(engine.ours) == 1


def test_a_deleted_object_can_be_created_again(engine: Engine) -> None:
    first, outputs = engine.create()
    engine.delete(first, outputs)
    engine.konnect.speed(0)
    again, _ = engine.create()
    # An id that the inputs hold is the same again.
    assert (again == first) is any(first in str(value) for value in engine.case.inputs.values())


def test_an_object_that_exists_is_adopted_by_its_import_id_without_a_write(
    engine: Engine,
) -> None:
    id_, outputs = engine.create()
    engine.konnect.requests.clear()
    import_id = engine.case.import_id.format(id=id_)
    adopted, seen = engine.create(adopt_existing_id=import_id)
    assert adopted == id_
    known = {name: outputs[name] for name in outputs.keys() - engine.case.shown_once}
    assert seen == {**known, "adopt_existing_id": import_id, ADOPTED: True}
    assert engine.konnect.writes == []


@those(lambda e: e.updates.keys() - {*e.inputs.named(WRITE_ONLY)})
def test_adopting_shows_in_the_next_preview_what_differs(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, _ = engine.create()
    _, seen = engine.create(
        engine.case.changed, adopt_existing_id=engine.case.import_id.format(id=id_)
    )
    assert capsys.readouterr().err == ""
    diff = engine.diff(seen, engine.case.changed)
    assert diff.changes is True
    assert not diff.replaces
    said = capsys.readouterr().err
    assert said.startswith(f"info: {engine.provider.noun} ")
    assert all(f"{name} " in said for name in engine.case.change)


@with_something_fixed
def test_an_object_that_can_never_become_what_is_wanted_is_not_adopted(engine: Engine) -> None:
    id_, _ = engine.create()
    import_id = engine.case.import_id.format(id=id_)
    with pytest.raises(MismatchError):
        engine.create({**engine.case.inputs, **engine.case.fixed}, adopt_existing_id=import_id)


def test_what_does_not_exist_is_not_adopted_and_not_created(engine: Engine) -> None:
    nowhere = "00000000-0000-4000-8000-000000000000"
    import_id = engine.case.import_id.format(id=nowhere)
    with pytest.raises(NotFoundError, match=nowhere):
        engine.create(adopt_existing_id=import_id)
    assert engine.ours == []


def test_what_konnect_refuses_is_shown_at_once_by_parameter(konnect: LocalKonnect) -> None:
    case = CASES["CloudGatewayNetwork"](konnect)
    konnect.requests.clear()
    engine = Engine(konnect, case)
    with pytest.raises(BadRequestError) as error:
        engine.create(availability_zones=["use1-az1"], cidr_block="11.0.0.0/16")
    text = str(error.value)
    assert text.startswith("creating cloud gateway network 'orders-1f2e3d4c': Konnect answered 400")
    assert "availability_zones" in text
    assert "cidr_block" in text
    assert konnect.writes == [("POST", 400)]
