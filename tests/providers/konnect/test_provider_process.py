"""The provider as a process, over gRPC: what only the wire and a crash show.

Everything here goes through `python -u -m pulumi.dynamic`, as in a real run.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from providers.base.model import WRITE_ONLY
from tests.providers.konnect import cases, examples
from tests.providers.konnect.case import Case
from tests.providers.konnect.cases import CASES, SECRET
from tests.providers.konnect.example import Example, Props, name_of
from tests.providers.konnect.examples import EXAMPLES
from tests.providers.konnect.local_konnect import RUSH, LocalKonnect
from tests.providers.konnect.rpc import (
    CallError,
    Checked,
    Diffed,
    ProviderProcess,
    fork,
    reference,
)
from tests.providers.konnect.scripted import TOKEN


def settings(konnect: LocalKonnect, **more: str) -> Props:
    """What `konnect.Provider(...)` hands to its process."""
    return {"konnect:token": TOKEN, "konnect:server_url": konnect.url, **more}


@pytest.fixture(scope="module")
def process(_one_konnect: LocalKonnect) -> Iterator[ProviderProcess]:
    """One provider process for many tests, each of which starts with an empty Konnect."""
    process = ProviderProcess(settings(_one_konnect))
    yield process
    process.stop()


class Remote:
    """One object of a case, handled by a provider process; keeps the state of the engine."""

    def __init__(self, process: ProviderProcess, konnect: LocalKonnect, case: Case) -> None:
        self.process = process
        self.konnect = konnect
        self.case = case
        self.reference = reference(case.provider)
        self.id = ""
        self.outputs: Props = {}

    def checked(self, inputs: Props) -> Props:
        checked = self.process.check(self.reference, inputs)
        assert checked.failures == []
        return checked.inputs

    def create(self) -> None:
        inputs = self.checked(self.case.inputs)
        self.id, self.outputs = self.process.create(self.reference, inputs)

    def diff(self, inputs: Props) -> Diffed:
        return self.process.diff(self.reference, self.id, self.outputs, self.checked(inputs))

    def update(self, inputs: Props) -> None:
        news = self.checked(inputs)
        self.outputs = self.process.update(self.reference, self.id, self.outputs, news)

    def read(self) -> tuple[str, Props, Props]:
        answer = self.process.read(self.reference, self.id, self.outputs)
        return answer.id, answer.outputs, answer.inputs

    def delete(self) -> None:
        self.konnect.speed(RUSH)
        self.process.delete(self.reference, self.id, self.outputs)


@pytest.fixture(params=CASES)
def remote(
    request: pytest.FixtureRequest, process: ProviderProcess, konnect: LocalKonnect
) -> Remote:
    case = CASES[request.param](konnect)
    konnect.requests.clear()
    return Remote(process, konnect, case)


def test_the_whole_life_of_an_object(remote: Remote) -> None:
    """Create, the same again, no change, read, change, read, delete, read, delete again."""
    konnect, case = remote.konnect, remote.case
    remote.create()
    first = (remote.id, remote.outputs)
    assert [method for method, _ in konnect.writes] == [case.creates_with]
    if case.shown_once:
        with pytest.raises(CallError, match="exists already"):
            remote.create()
    else:
        remote.create()
    assert (remote.id, remote.outputs) == first
    assert len(konnect.writes) == 1 + case.rewritten
    assert remote.diff(case.inputs) == Diffed(False, [], False)
    id_, outputs, inputs = remote.read()
    assert (id_, outputs) == first
    hidden = case.provider.Inputs.named(WRITE_ONLY)
    unseen = {name: case.inputs[name] for name in hidden if name in case.inputs}
    assert remote.checked({**inputs, **unseen}) == {**inputs, **unseen}

    if case.change:
        konnect.advance(case.settles)
        assert remote.diff(case.changed) == Diffed(True, [], False)
        remote.update(case.changed)
        assert len(konnect.writes) == 2 + case.rewritten
        assert remote.diff(case.changed) == Diffed(False, [], False)
        assert remote.read()[:2] == (remote.id, remote.outputs)

    remote.delete()
    assert remote.read() == ("", {}, {})
    remote.delete()


def test_a_crash_between_the_write_and_its_answer_leaves_one_object(
    remote: Remote, process: ProviderProcess
) -> None:
    konnect, case = remote.konnect, remote.case
    inputs = remote.checked(case.inputs)
    doomed = ProviderProcess(settings(konnect), start=fork)
    konnect.withhold(case.creates_with)

    def create() -> None:
        with pytest.raises(CallError):
            doomed.create(remote.reference, inputs)

    call = threading.Thread(target=create)
    call.start()
    assert konnect.served.wait(20)
    doomed.kill()
    call.join()
    konnect.withhold(None)
    konnect.requests.clear()

    if case.shown_once:
        with pytest.raises(CallError, match="exists already"):
            remote.create()
    else:
        remote.create()
        assert remote.diff(case.inputs).changes is False
    assert len(konnect.writes) == case.rewritten
    assert len(konnect.objects(case.kind)) == 1


@pytest.mark.parametrize(("status", "words"), [(403, "answered 403"), (401, "401 Unauth")])
def test_what_cannot_be_read_is_an_error_and_never_gone(
    remote: Remote, status: int, words: str
) -> None:
    remote.create()
    remote.konnect.fault(method="GET", status=status, times=10)
    with pytest.raises(CallError, match=words):
        remote.read()


every_resource = pytest.mark.parametrize("example", EXAMPLES, ids=name_of)


def check(process: ProviderProcess, example: Example, news: Props) -> Checked:
    return process.check(reference(example.provider), news)


@every_resource
def test_check_normalises_what_arrives(process: ProviderProcess, example: Example) -> None:
    """Numbers arrive as floats and leave as floats: integers are made of them in between."""
    checked = check(process, example, example.full)
    assert checked.failures == []
    assert checked.inputs == example.full  # Written in order, so nothing moves.
    backwards = {
        name: value[::-1] if isinstance(value, list) else value
        for name, value in example.full.items()
    }
    assert check(process, example, backwards) == checked


@every_resource
def test_each_fixed_input_replaces_each_other_one_updates_and_nothing_else_changes(
    process: ProviderProcess, example: Example
) -> None:
    ref = reference(example.provider)
    written = check(process, example, example.full).inputs
    olds = {**written, **example.provider()._fingerprints(written), "state": "ready"}
    assert process.diff(ref, "id", olds, written) == Diffed(False, [], False)
    for name, value in {**example.replaces, **example.updates}.items():
        news = check(process, example, {**example.full, name: value}).inputs
        answer = process.diff(ref, "id", olds, news)
        assert answer.changes is True, name
        assert answer.replaces == ([name] if name in example.replaces else []), name


@every_resource
def test_check_reports_every_failure_under_its_property(
    process: ProviderProcess, example: Example
) -> None:
    wrong = {name: [[1]] for name in example.full}
    checked = check(process, example, {**wrong, "nonsense": 1})
    assert {name for name, _ in checked.failures} == {*wrong, "nonsense"}
    missing = check(process, example, {})
    required = [n for n, info in example.inputs.model_fields.items() if info.is_required()]
    assert sorted(missing.failures) == sorted((name, "is required") for name in required)


@every_resource
def test_unknown_values_pass_through_check_and_count_as_changes(
    process: ProviderProcess, example: Example
) -> None:
    for name in example.full:
        checked = check(process, example, {**example.full, name: UNKNOWN})
        assert checked.failures == []
        assert checked.inputs[name] is UNKNOWN
    olds = check(process, example, example.full).inputs
    name = next(iter(example.least))
    news = {**olds, name: UNKNOWN}
    assert process.diff(reference(example.provider), "id", olds, news).changes is True


@every_resource
def test_an_input_that_is_none_is_one_that_is_not_written(
    process: ProviderProcess, example: Example
) -> None:
    nothing = dict.fromkeys(example.inputs.model_fields.keys() - example.least.keys())
    assert check(process, example, {**example.least, **nothing}) == check(
        process, example, example.least
    )


def test_none_inside_a_free_form_config_is_kept_and_is_no_drift(
    process: ProviderProcess, konnect: LocalKonnect
) -> None:
    case = cases.plugin(konnect)
    case.inputs["config"] = {**case.inputs["config"], "error_message": None}
    remote = Remote(process, konnect, case)
    remote.create()
    assert remote.diff(case.inputs).changes is False
    assert remote.read()[1] == remote.outputs


def test_a_replacement_names_its_properties_and_which_goes_first(
    process: ProviderProcess,
) -> None:
    example = examples.NETWORK
    olds = check(process, example, example.full).inputs
    ref = reference(example.provider)
    moved = {**olds, "cidr_block": "10.8.0.0/16", "region": "us-west-2"}
    assert process.diff(ref, "id", olds, moved) == Diffed(True, ["region", "cidr_block"], True)
    renamed = {**moved, "name": "orders-oregon"}
    assert process.diff(ref, "id", olds, renamed) == Diffed(True, ["region", "cidr_block"], False)


def test_calls_that_run_at_once_do_not_meet(
    process: ProviderProcess, konnect: LocalKonnect
) -> None:
    case = cases.service(konnect)
    ref = reference(case.provider)

    def create(number: int) -> str:
        inputs = {**case.inputs, "name": f"orders-{number}", "tags": [], "port": 8000 + number}
        return process.create(ref, process.check(ref, inputs).inputs)[0]

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(create, range(16)))
    found = {item["id"]: item for item in konnect.objects(case.kind)}
    assert [found[id_]["port"] for id_ in ids] == list(range(8000, 8016))


def test_a_refusal_is_one_line_that_says_it_all(
    process: ProviderProcess, konnect: LocalKonnect
) -> None:
    case = cases.network(konnect)
    case.inputs["cidr_block"] = "11.0.0.0/16"
    with pytest.raises(CallError) as error:
        Remote(process, konnect, case).create()
    text = str(error.value)
    assert (
        "creating cloud gateway network 'orders-1f2e3d4c': Konnect answered 400 Invalid Request"
        in text
    )
    assert "cidr_block: 11.0.0.0/16 must lie within one of" in text
    assert "kong:trace:" in text
    assert "\n" not in text
    assert len(text) < 400


@pytest.fixture
def alone(konnect: LocalKonnect) -> Iterator[list[ProviderProcess]]:
    """Processes that a test starts for itself."""
    started: list[ProviderProcess] = []
    yield started
    for process in started:
        process.stop()


def test_without_a_token_a_preview_of_what_is_there_works_and_a_change_says_what_is_missing(
    alone: list[ProviderProcess], konnect: LocalKonnect
) -> None:
    process = ProviderProcess({"konnect:server_url": konnect.url})
    alone.append(process)
    case = cases.control_plane(konnect)
    konnect.requests.clear()
    ref = reference(case.provider)
    inputs = process.check(ref, case.inputs).inputs
    assert process.diff(ref, "id", inputs, inputs).changes is False
    with pytest.raises(CallError, match="no Konnect token: set KONNECT_TOKEN"):
        process.create(ref, inputs)
    assert konnect.requests == []


def test_what_is_not_configured_comes_from_the_official_variables(
    alone: list[ProviderProcess], konnect: LocalKonnect
) -> None:
    process = ProviderProcess({}, KONNECT_SPAT=TOKEN, KONNECT_SERVER_URL=konnect.url)
    alone.append(process)
    Remote(process, konnect, cases.control_plane(konnect)).create()


def strings(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every string inside a value, with its place."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(item, f"{at}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from strings(item, at)


def test_no_secret_is_anywhere_but_in_the_property_that_it_was_given_as(
    konnect: LocalKonnect,
) -> None:
    """Neither the token nor a password: not in an answer, an error, stdout or stderr."""
    wrong = TOKEN + "-of-somebody-else"
    process, refused = (
        ProviderProcess(settings(konnect)),
        ProviderProcess(settings(konnect, **{"konnect:token": wrong})),
    )
    errors: list[str] = []

    def failing(call: Any, *arguments: Any) -> None:
        with pytest.raises(CallError) as error:
            call(*arguments)
        errors.append(str(error.value))

    try:
        case = cases.partial(konnect)
        remote = Remote(process, konnect, case)
        remote.create()
        remote.update(case.changed)
        answers = [remote.outputs, *remote.read()[1:], remote.checked(case.inputs)]
        weak = {**case.inputs, "config": {**case.inputs["config"], "nonsense": SECRET}}
        failing(process.create, remote.reference, {**weak, "name": "weak"})
        failing(process.update, remote.reference, remote.id, remote.outputs, weak)
        failing(process.create, remote.reference, {**case.inputs, "type": [SECRET]})
        failing(refused.create, remote.reference, case.inputs)
        konnect.fault(status=503, retry_after=0, times=100)
        failing(process.read, remote.reference, remote.id, remote.outputs)
    finally:
        process.stop()
        refused.stop()
    found = [(at, text) for answer in answers for at, text in strings(answer)]
    assert {at for at, text in found if SECRET in text} == {".config.password"}
    everything = "\n".join([*errors, process.printed, refused.printed])
    assert not [text for _, text in found if TOKEN in text]
    assert TOKEN not in everything
    assert SECRET not in everything
    assert all("\n" not in error for error in errors)
    # The engine shows it to the user: neither tracebacks nor the retries' log belong there.
    assert process.printed == refused.printed == ""
