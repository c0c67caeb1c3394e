"""Observability in the settings of an environment: what is refused, and what a preview warns of."""

from __future__ import annotations

import ast
import asyncio
import copy
import re
import textwrap
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.observability import TelemetryArgs
from providers.base.model import check
from providers.konnect.analytics.dashboard import DashboardInputs
from stacks import settings
from stacks.arguments import gateway_args
from stacks.models import Settings
from stacks.rules.observability import environment_warnings, shared_plane_problems
from tests.stacks.baseline import BASELINE, lines_of, with_change

TRACES = "http://otel.shop.internal:4318/v1/traces"
OTEL: dict[str, Any] = {"endpoints": {"traces": TRACES}}
LOG: dict[str, Any] = {"endpoint": "https://logs.shop.internal/kong"}
PREFIX = "stacks/Pulumi.test.yaml: gateway.observability.telemetry."


def document(otel: object = None, log: object = None, **more: object) -> dict[str, Any]:
    """The baseline with telemetry, and with other settings."""
    telemetry = {
        key: one for key, one in (("opentelemetry", otel), ("http_log", log)) if one is not None
    }
    changed = with_change("observability", to={"telemetry": telemetry})
    return {**changed, **more}


def load(otel: object = None, log: object = None, **more: object) -> Settings:
    return settings.load("test", document(otel, log, **more))


def refused(otel: object = None, log: object = None, **more: object) -> list[str]:
    """The lines of the problems, without their common beginning."""
    lines = lines_of(document(otel, log, **more))
    return [line.removeprefix("gateway.observability.telemetry.") for line in lines]


def test_telemetry_and_dashboards_become_arguments_of_the_gateway() -> None:
    headers = {"Authorization": "{vault://platform/otel-token}"}
    loaded = load({**OTEL, "headers": headers, "sampling_rate": 0.1}, LOG)
    telemetry = gateway_args(loaded).telemetry
    assert isinstance(telemetry, TelemetryArgs)
    assert telemetry.opentelemetry is not None
    assert telemetry.opentelemetry.endpoints.traces == TRACES
    assert telemetry.opentelemetry.headers["Authorization"] == "{vault://platform/otel-token}"
    assert telemetry.opentelemetry.sampling_rate == 0.1
    assert telemetry.http_log is not None
    assert telemetry.http_log.endpoint == LOG["endpoint"]


def test_a_header_that_is_written_is_in_no_inputs_of_a_component() -> None:
    loaded = load(None, {**LOG, "headers": {"X-Team": "platform"}})

    async def telemetry_of() -> TelemetryArgs | None:
        return gateway_args(loaded).telemetry

    telemetry = asyncio.run(telemetry_of())
    assert telemetry is not None
    assert telemetry.http_log is not None
    assert isinstance(telemetry.http_log.headers["X-Team"], pulumi.Output)


def test_without_observability_a_gateway_has_none() -> None:
    found = gateway_args(settings.load("test", with_change("geo", to="eu")))
    assert (found.telemetry, found.dashboards) == (None, ())


def test_a_credential_in_plain_text_is_refused_and_not_shown() -> None:
    (line,) = refused({**OTEL, "headers": {"Authorization": "Bearer canary-0123456789"}})
    assert line == (
        "opentelemetry.headers.Authorization: is a credential in plain text; revoke it, and write "
        '"{vault://PREFIX/NAME}", or set it with `pulumi config set --secret --path`'
    )


@pytest.mark.parametrize(
    ("otel", "log", "line"),
    [
        (
            {"endpoints": {}},
            None,
            "opentelemetry.endpoints: {} is empty; add traces, metrics or logs",
        ),
        ({"endpoints": {"traces": "otel:4317"}}, None, "is not a URL; write http:// or https://"),
        (None, {"endpoint": "https://me:canary@logs.internal/"}, "has a user and a password"),
        ({**OTEL, "sampling_rate": 1.5}, None, "sampling_rate: 1.5 should be less than or equal"),
        ({**OTEL, "instrumentations": ["requests"]}, None, "instrumentations[0]"),
        (
            None,
            {**LOG, "regions": {"aws-us-east-1": "https://x.internal"}},
            "http_log.regions.aws-us-east-1: is no region of the environment; did you mean "
            "aws-us-east-2?",
        ),
    ],
)
def test_wrong_telemetry_is_refused_with_a_remedy(otel: object, log: object, line: str) -> None:
    (found,) = refused(otel, log)
    assert line in found
    assert "canary" not in found


def test_a_dashboard_is_named_once() -> None:
    (line,) = lines_of(with_change("observability", to={"dashboards": ["ai", "traffic", "ai"]}))
    assert line == (
        'gateway.observability.dashboards[2]: "ai" is named twice; name each dashboard once'
    )


def test_what_kong_refuses_in_headers_and_attributes_is_refused_at_preview() -> None:
    (line,) = refused(None, {**LOG, "headers": {"content-type": "text/plain", "X-Team": "a"}})
    assert line == (
        'http_log.headers.content-type: "text/plain" is for a header that http-log sets itself; '
        "delete it"
    )
    (line,) = refused({**OTEL, "attributes": {"team": ""}})
    assert line.startswith('opentelemetry.attributes.team: "" should have at least 1 character')


def test_an_endpoint_may_be_a_reference_that_each_data_plane_resolves() -> None:
    loaded = load({"endpoints": {"traces": "{vault://platform/otel-traces}"}})
    assert gateway_args(loaded).telemetry is not None


def test_a_plugin_is_declared_in_one_place() -> None:
    governance = {"plugins": {"http-log": {"config": {"http_endpoint": "https://x.internal"}}}}
    (line,) = refused(None, LOG, governance=governance)
    assert line == (
        "http_log: is http-log of all control planes, and so is governance.plugins.http-log; "
        "delete one of them; keep governance.plugins.http-log for settings that this one does not "
        "have"
    )


def test_a_plugin_of_one_service_may_stand_beside_telemetry() -> None:
    plugin = {"config": {"http_endpoint": "https://x.internal"}, "service": "orders"}
    loaded = load(None, LOG, governance={"plugins": {"http-log": plugin}})
    assert loaded.observability is not None


def test_traces_of_a_declared_plugin_need_the_environment_that_telemetry_gives() -> None:
    plugin = {"plugin": "opentelemetry", "config": {"traces_endpoint": TRACES}, "service": "orders"}
    governance = {"plugins": {"traces": plugin}}

    (warning,) = settings.warnings(load(None, LOG, governance=governance))

    assert warning == (
        "stacks/Pulumi.test.yaml: gateway.governance.plugins.traces: sends no traces, because the "
        "data planes have no KONG_TRACING_INSTRUMENTATIONS; write "
        "observability.telemetry.opentelemetry with endpoints.traces, which sets it"
    )
    assert settings.warnings(load(OTEL, None, governance=governance)) == []


def test_plugins_that_dedicated_gateways_do_not_have_name_what_to_use_instead() -> None:
    governance = {"plugins": {name: {} for name in ("prometheus", "file-log", "syslog")}}
    lines = lines_of(document(governance=governance))
    assert lines == [
        'gateway.governance.plugins.prometheus: "prometheus" is not offered on dedicated cloud '
        "gateways; use observability.telemetry.opentelemetry, whose metrics go to a collector",
        'gateway.governance.plugins.file-log: "file-log" is not offered on dedicated cloud '
        "gateways; use observability.telemetry.http_log",
        'gateway.governance.plugins.syslog: "syslog" is not offered on dedicated cloud gateways; '
        "use observability.telemetry.http_log",
    ]


PLANES = {"aws-us-east-2": "main", "azure-eastus2": "main", "gcp-us-central1": "gcp-us-central1"}


def test_a_region_of_a_shared_control_plane_cannot_have_its_own_endpoint() -> None:
    own = {"aws-us-east-2": OTEL["endpoints"], "gcp-us-central1": OTEL["endpoints"]}
    loaded = load({**OTEL, "regions": own})
    (problem,) = shared_plane_problems(loaded, PLANES)
    assert problem.line("f") == (
        "f: gateway.observability.telemetry.opentelemetry.regions.aws-us-east-2: is another "
        "endpoint for one region, and its control plane main has 2 regions with the same plugins; "
        "use one name that each region's private DNS resolves to a collector nearby, or write "
        "control_planes: per-region for a gateway that is new"
    )


def live(region: str, **environment: str) -> dict[str, Any]:
    """A live data-plane group."""
    variables = [{"name": name, "value": value} for name, value in environment.items()]
    return {"region": region, "environment": variables}


def test_a_preview_warns_when_live_data_planes_get_another_environment() -> None:
    there = {"aws-us-east-2": live("us-east-2"), "azure-eastus2": live("eastus2")}
    (warning,) = environment_warnings(load(OTEL), there)
    assert "of the live data planes of aws-us-east-2, azure-eastus2" in warning.line("f")
    assert "counters and cached responses" in warning.line("f")


def test_a_preview_warns_of_no_environment_that_stays() -> None:
    as_wanted = live(
        "us-east-2",
        OTEL_RESOURCE_ATTRIBUTES="cloud.provider=aws,cloud.region=us-east-2",
        KONG_TRACING_INSTRUMENTATIONS="all",
    )
    assert list(environment_warnings(load(OTEL), {"aws-us-east-2": as_wanted})) == []
    assert list(environment_warnings(load(), {"aws-us-east-2": live("us-east-2")})) == []


PAGE = (Path(__file__).parents[2] / "docs" / "observability.md").read_text()


def test_the_example_of_the_page_loads() -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.M | re.S)
    loaded = settings.load("test", {**copy.deepcopy(BASELINE), **yaml.safe_load(text)})
    assert gateway_args(loaded).dashboards == ("traffic", "ai")


def test_the_programs_of_the_page_are_valid() -> None:
    query, dashboard = re.findall(r"^ *```python\n(.*?)^ *```", PAGE, re.M | re.S)
    names: dict[str, Any] = {}
    exec(textwrap.dedent(query), names)
    assert names["MEMORY"].metrics == ["cache_memory_utilization_max", "cache_eviction_rate"]
    (call,) = [node for node in ast.walk(ast.parse(dashboard)) if isinstance(node, ast.Call)]
    given = {one.arg: ast.literal_eval(one.value) for one in call.keywords}
    assert check(DashboardInputs, given).failures == []
