from __future__ import annotations

from types import ModuleType

import pytest

from multicloudgateway import published
from sandbox.data_plane.plugins import PLUGINS

MODULES = pytest.mark.parametrize("module", PLUGINS.values(), ids=PLUGINS.keys())


@MODULES
def test_settings_that_are_played_are_those_of_the_published_schema(module: ModuleType) -> None:
    plugin = published.newest_plugin(module.NAME)
    assert plugin is not None
    assert set(module.FIELDS) - set(plugin.config["properties"]) == set()


@MODULES
def test_a_plugin_has_a_part_in_requests_responses_or_logs(module: ModuleType) -> None:
    assert isinstance(module.PRIORITY, int)
    assert any(hasattr(module, part) for part in ("access", "response", "log"))


def test_plugins_run_in_the_order_that_kong_documents() -> None:
    order = sorted(PLUGINS, key=lambda name: -PLUGINS[name].PRIORITY)
    assert order == [
        "pre-function",
        "correlation-id",
        "cors",
        "key-auth",
        "ip-restriction",
        "request-size-limiting",
        "acl",
        "rate-limiting-advanced",
        "ai-rate-limiting-advanced",
        "service-protection",
        "request-transformer-advanced",
        "ai-prompt-decorator",
        "ai-prompt-guard",
        "ai-proxy-advanced",
        "proxy-cache-advanced",
        "canary",
        "opentelemetry",
        "http-log",
        "request-termination",
    ]
