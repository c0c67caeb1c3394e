"""A Redis that the team has, for the plugins of a region without a managed cache."""

from __future__ import annotations

from typing import Annotated

import pulumi
from pydantic import Field

from components.cache.regional import RedisEndpoint
from stacks.models.base import Model


class ExternalRedis(Model):
    """A Redis with TLS, and how data planes log in."""

    host: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$", examples=["redis.shop.internal"]),
    ]
    """Its name or IPv4 address, which Kong's network must resolve and reach."""
    port: Annotated[int, Field(ge=1, le=65535, examples=[6379])] = 6379
    """Its TCP port with TLS."""
    server_name: Annotated[str | None, Field(min_length=1, examples=["redis.shop.internal"])] = None
    """The name in its certificate, if that is not the host."""
    ssl_verify: Annotated[bool, Field(examples=[True])] = True
    """Whether data planes check its certificate. They trust public authorities only: false for a
    certificate of an authority of your own."""
    username: Annotated[str | None, Field(min_length=1, examples=["kong"])] = None
    """Its user; the default user when none is written."""
    password: Annotated[str | None, Field(min_length=1, examples=["{vault://env/redis}"])] = None
    """Its password: a vault reference, or a secret of the stack."""

    @property
    def endpoint(self) -> RedisEndpoint:
        """The Redis, with its password as a secret, so that it is in no component's inputs."""
        return RedisEndpoint(
            host=self.host,
            port=self.port,
            password=None if self.password is None else pulumi.Output.secret(self.password),
            username=self.username,
            verify_tls=self.ssl_verify,
            server_name=self.server_name,
        )
