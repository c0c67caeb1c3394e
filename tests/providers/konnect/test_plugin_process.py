"""The providers in the process of the Pulumi package's plugin, over gRPC.

It must answer as `python -m pulumi.dynamic` does (`test_provider_process`): state that one of them
wrote is read by the other.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping

import pytest
from pulumi.output import UNKNOWN

from tests.providers.konnect.cases import CASES
from tests.providers.konnect.local_konnect import LocalKonnect
from tests.providers.konnect.rpc import PROJECT, CallError, ProviderProcess, Started
from tests.providers.konnect.scripted import TOKEN
from tests.providers.konnect.test_provider_process import Remote, settings

case_of = CASES["GatewayControlPlane"]


def plugin(environment: Mapping[str, str]) -> Started:
    """Start the plugin, as the language host does."""
    process = subprocess.Popen(
        [sys.executable, "-u", "multicloudgateway", "127.0.0.1:1"],
        cwd=PROJECT,
        env={**environment, "PYTHONPATH": str(PROJECT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    return Started(process, process.wait, process.stdout, process.stderr)


@pytest.fixture(scope="module")
def process(_one_konnect: LocalKonnect) -> Iterator[ProviderProcess]:
    process = ProviderProcess(settings(_one_konnect), start=plugin)
    yield process
    process.stop()


def test_a_resource_lives_its_whole_life_in_the_plugin(
    process: ProviderProcess, konnect: LocalKonnect
) -> None:
    remote = Remote(process, konnect, case_of(konnect))
    remote.create()
    assert not remote.diff(remote.case.inputs).changes

    changed = {**remote.case.inputs, "description": "changed"}
    assert remote.diff(changed).changes
    remote.update(changed)
    id_, outputs, inputs = remote.read()
    assert id_ == remote.id
    assert (outputs["description"], inputs["description"]) == ("changed", "changed")

    remote.delete()
    assert remote.read() == ("", {}, {})


def test_problems_of_inputs_are_told_with_their_properties_and_unknown_values_pass(
    process: ProviderProcess, konnect: LocalKonnect
) -> None:
    remote = Remote(process, konnect, case_of(konnect))

    wrong = process.check(remote.reference, {**remote.case.inputs, "name": ""})
    unknown = process.check(remote.reference, {**remote.case.inputs, "description": UNKNOWN})

    assert [name for name, _ in wrong.failures] == ["name"]
    assert unknown.failures == []


def test_an_error_is_one_text_without_a_traceback_or_a_token(konnect: LocalKonnect) -> None:
    process = ProviderProcess({"konnect:server_url": "http://127.0.0.1:1"}, start=plugin)
    remote = Remote(process, konnect, case_of(konnect))
    with pytest.raises(CallError) as caught:
        remote.create()
    process.stop()

    assert "token" in str(caught.value)
    assert "Traceback" not in str(caught.value) + process.printed
    assert TOKEN not in process.printed
