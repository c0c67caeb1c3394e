"""What the package takes as inputs: everything whose value is known when resources are chosen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.output import UNKNOWN

import multicloudgateway
from multicloudgateway.api import ApiInputs
from multicloudgateway.construct import gateway
from multicloudgateway.inputs import InputsError, document_of, problems_as_written
from stacks.models import Settings
from stacks.names import to_camel_case
from stacks.settings import load
from tests.event_loops import run_and_close
from tests.stacks.baseline import BASELINE

WHERE = "MultiCloudGateway gateway"


def document(**inputs: Any) -> Any:
    async def read() -> Any:
        return await document_of(WHERE, Settings, inputs)

    return run_and_close(read())


def outputs_of(make: Any) -> Any:
    """The error for an input that is made within the event loop, as Outputs have to be."""

    async def read() -> None:
        await document_of(WHERE, Settings, {"regions": [{"cidr": make()}], "geo": make()})

    with pytest.raises(InputsError) as caught:
        run_and_close(read())
    return str(caught.value).splitlines()


def test_numbers_are_whole_again_after_the_wire() -> None:
    assert document(autoscale={"baseRps": 10.0}, rateLimit={"syncRate": 0.5}) == {
        "autoscale": {"base_rps": 10},
        "rate_limit": {"sync_rate": 0.5},
    }


def test_an_output_whose_value_is_known_is_an_input() -> None:
    async def read() -> Any:
        geo = pulumi.Output.from_input("eu")
        return await document_of(WHERE, Settings, {"geo": geo, "tags": {"geo": geo}})

    assert run_and_close(read()) == {"geo": "eu", "tags": {"geo": "eu"}}


def test_values_that_are_not_known_yet_are_told_all_at_once() -> None:
    second, first = outputs_of(pulumi.output.Unknown)

    assert "gateway: regions[0].cidr: is not known yet" in first
    assert "gateway: geo: is not known yet" in second
    assert "read it by stack reference" in second


def test_keys_as_in_a_stack_file_are_told_all_at_once_with_the_names_to_write() -> None:
    with pytest.raises(InputsError) as caught:
        document(
            api_access="private", regions=[{"region": "us-east-2", "drain_": 1}], rate_limit={}
        )

    assert str(caught.value).splitlines() == [
        f"{WHERE}: api_access: is not a known key; did you mean apiAccess?",
        f"{WHERE}: rate_limit: is not a known key; did you mean rateLimit?",
    ]


def test_a_secret_is_refused_and_not_printed() -> None:
    second, first = outputs_of(lambda: pulumi.Output.secret("10.64.0.0/20"))

    assert "gateway: regions[0].cidr: is a secret" in first
    assert "gateway: geo: is a secret" in second
    assert "10.64" not in first + second


def test_an_output_in_the_config_of_a_gateway_s_plugin_is_awaited_and_a_secret_is_refused() -> None:
    def with_config(**config: Any) -> dict[str, Any]:
        return {"governance": {"plugins": {"cors": {"config": config}}}}

    async def read(inputs: dict[str, Any]) -> Any:
        return await document_of(WHERE, Settings, inputs)

    async def known() -> Any:
        return await read(with_config(max_age=pulumi.Output.from_input(60)))

    async def secret() -> Any:
        return await read(with_config(key=pulumi.Output.secret("canary"), age=UNKNOWN))

    assert run_and_close(known()) == with_config(max_age=60)
    with pytest.raises(InputsError) as caught:
        run_and_close(secret())
    first, second = str(caught.value).splitlines()
    assert "gateway: governance.plugins.cors.config.age: is not known yet" in first
    assert "gateway: governance.plugins.cors.config.key: is a secret" in second
    assert '"{vault://PREFIX/NAME}"' in second
    assert "canary" not in second


def test_a_remedy_is_one_that_a_program_has() -> None:
    header = {"Authorization": "Bearer canary"}
    log = {"endpoint": "https://logs.internal/", "headers": header}
    inputs = to_camel_case(Settings, BASELINE) | {"observability": {"telemetry": {"httpLog": log}}}

    with pytest.raises(InputsError) as caught, problems_as_written(WHERE, Settings):
        load("test", document(**inputs), WHERE)

    assert str(caught.value) == (
        f"{WHERE}: observability.telemetry.httpLog.headers.Authorization: is a credential in plain "
        'text; revoke it, and write "{vault://PREFIX/NAME}"'
    )


def test_a_fabric_is_refused_at_once_with_the_way_out_and_all_other_problems() -> None:
    inputs = to_camel_case(Settings, BASELINE) | {"fabric": {}, "apiAccess": "secret"}

    with pytest.raises(InputsError) as caught:
        run_and_close(gateway("gateway", inputs, pulumi.ResourceOptions()))

    other, fabric = str(caught.value).splitlines()
    assert other.startswith(f'{WHERE}: apiAccess: "secret" should be')
    assert fabric == (
        f"{WHERE}: fabric: has numbers that are recorded in a file, and the package reads no file; "
        "delete it; or build the gateway with a program in Python that reads the file, such as "
        "examples/fabric of this project (docs/packages.md)"
    )


def test_a_python_without_the_project_is_told_what_to_do() -> None:
    (folder,) = map(Path, multicloudgateway.__path__)

    bare = [sys.executable, "-S", str(folder)]  # without what is installed
    done = subprocess.run(bare, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 1
    assert "has no module" in done.stderr
    assert "run `pulumi install` in the folder of your program" in done.stderr
    assert "Traceback" not in done.stderr


def api_document(**inputs: Any) -> Any:
    async def read() -> Any:
        return await document_of("Api billing", ApiInputs, inputs, outputs_in_data=True)

    return run_and_close(read())


def test_an_output_stays_one_where_the_model_takes_it_and_in_the_user_s_data() -> None:
    async def read() -> Any:
        secret = pulumi.Output.secret("key")
        inputs = {
            "consumers": {"shop": {"keys": {"first": secret}}},
            "plugins": {"cors": {"config": {"max_age": pulumi.output.UNKNOWN}}},
            "service": {"host": pulumi.Output.from_input("billing.internal"), "tlsVerify": True},
        }
        document = await document_of("Api billing", ApiInputs, inputs, outputs_in_data=True)
        assert await document["consumers"]["shop"]["keys"]["first"].is_secret()
        assert not await document["plugins"]["cors"]["config"]["max_age"].is_known()
        return await document["service"]["host"].future(), document["service"]["tls_verify"]

    assert run_and_close(read()) == ("billing.internal", True)


def test_a_secret_is_refused_where_the_model_takes_plain_values_only() -> None:
    async def read() -> None:
        await document_of("Api billing", ApiInputs, {"owner": pulumi.Output.secret("billing")})

    with pytest.raises(InputsError, match=r"^Api billing: owner: is a secret"):
        run_and_close(read())


def test_the_problems_of_an_api_have_the_paths_and_words_of_the_program() -> None:
    document = api_document(
        gateway="acme/multicloud-gateway/dev",
        owner="billing",
        service={"host": "billing.internal", "connectTimeout": 0},
        rateLimit={"limit": 1, "windowSise": 60},
        authentication={},
    )
    with pytest.raises(InputsError) as caught, problems_as_written("Api billing", ApiInputs):
        ApiInputs.model_validate(document)

    said = str(caught.value)
    assert "Api billing: service.connectTimeout: 0 " in said
    assert "Api billing: rateLimit.windowSise: 60 is not a known key; did you mean windowSize?" in (
        said
    )
    assert "write keyAuth, jwt, openidConnect or mtls" in said


def test_keys_are_in_one_order_whatever_order_the_engine_sends_them_in() -> None:
    routes = {"b": {"paths": ["/b"]}, "a": {"paths": ["/a"]}}

    assert list(api_document(routes=routes)["routes"]) == ["a", "b"]
