"""The published schemas: which version is read, and what a plugin's schema tells."""

from __future__ import annotations

import subprocess
import sys

import pytest

from multicloudgateway.published import NEWEST, VERSIONS, nearest, plugin, plugin_names


@pytest.mark.parametrize(
    ("asked", "version"),
    [
        (None, NEWEST),
        ("3.9", "3.13"),
        ("3.13", "3.13"),
        ("3.14", "3.14"),
        ("3.14.0.2", "3.14"),
        ("3.16", "3.15"),
        ("4.0", "3.15"),
    ],
)
def test_a_gateway_version_has_the_nearest_published_schemas(
    asked: str | None, version: str
) -> None:
    assert nearest(asked) == version


def test_plugins_come_with_the_gateway_version() -> None:
    assert [len(plugin_names(version)) for version in VERSIONS] == [111, 114, 114]
    assert plugin("ai-a2a-proxy", "3.13") is None
    assert plugin("ai-a2a-proxy", "3.14") is not None
    assert plugin("acl") is not None
    assert plugin("oauth2-introspection") is not None


def test_a_plugin_tells_its_scopes_its_protocols_and_its_partials() -> None:
    found = plugin("rate-limiting-advanced")
    assert found is not None
    assert found.scopes == {"service", "route", "consumer", "consumer_group"}
    assert found.partials == {"redis-ee": "config.redis"}
    assert found.protocols["default"] == ["grpc", "grpcs", "http", "https"]


def test_the_package_is_a_leaf() -> None:
    script = (
        "import sys, multicloudgateway.published\n"
        "print(*sorted(name for name in sys.modules if name.split('.')[0] in\n"
        "    {'components', 'pulumi', 'providers', 'pydantic', 'sandbox', 'stacks'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
