"""How a plugin reaches a Redis: its address, its login and its TLS settings, as values.

The values of a managed cache are references such as ``{vault://env/ADDON_MANAGED_CACHE_HOST}``,
which every data plane resolves for itself. So the same values are right in every region.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from multicloudgateway.published import RedisType

_TIMING: Final[Mapping[RedisType, Mapping[str, Any]]] = {
    "redis-ee": {
        "connect_timeout": 2000,
        "read_timeout": 5000,
        "send_timeout": 2000,
        "keepalive_pool_size": 256,
        "keepalive_backlog": 512,
        "connection_is_proxied": False,
    },
    "redis-ce": {"timeout": 2000},
}
"""Timeouts in milliseconds, and the pool of connections, as Kong documents them for its cache."""


@dataclass(frozen=True)
class RedisReferences:
    """The settings of a Redis connection, for plugins that take no partial.

    A custom plugin declares the fields as ``referenceable`` in its ``schema.lua``.
    """

    host: pulumi.Input[str]
    port: pulumi.Input[int | str]
    """A number, or a reference."""
    username: pulumi.Input[str] | None = None
    password: pulumi.Input[str] | None = None
    """Must be a secret or a reference. None where the data plane logs in as itself."""
    server_name: pulumi.Input[str] | None = None
    """The name in the certificate of the Redis. None: the host."""
    ssl: bool = True
    ssl_verify: bool = True
    cloud_authentication: pulumi.Input[Mapping[str, Any]] | None = None
    """How a data plane logs in with its own identity in AWS or Azure. None: with a password."""

    def config(self, type_: RedisType) -> dict[str, Any]:
        """The configuration of a partial of this type, or of a plugin's own Redis fields."""
        settings = {
            "host": self.host,
            "port": self.port,
            "username": self.username,
            "password": self.password,
            "server_name": self.server_name,
            "ssl": self.ssl,
            "ssl_verify": self.ssl_verify,
            "database": 0,
            **_TIMING[type_],
            "cloud_authentication": self.cloud_authentication,
        }
        return {key: value for key, value in settings.items() if value is not None}
