"""The explicit provider object: which Konnect organisation, with whose token.

Its inputs carry the ``konnect:`` prefix because a dynamic provider can read only
namespaced configuration: so the explicit provider's inputs and a stack's ``konnect:token``
are found under the same key.
"""

from __future__ import annotations

from typing import Any

import pulumi

from providers.konnect.client import Connection
from providers.konnect.ownership import Owner

PACKAGE = "pulumi-python"
"""The package that the engine looks providers of dynamic resources up by."""


class Provider(pulumi.ProviderResource):
    """A Konnect organisation: ``konnect.Provider("konnect", token=..., server_url=...)``.

    Give it to a component as ``providers=[konnect]`` or to a resource as ``provider=``; it
    runs in a process of its own, so one program can serve several organisations. What is
    not given comes from ``KONNECT_TOKEN`` or ``KONNECT_SPAT`` and ``KONNECT_SERVER_URL``;
    a token from the environment is in no state file, a given one is there encrypted.

    ``geo`` is one of ``us eu au me in sg`` (default: the one of a regional server URL, else
    ``us``) and picks where control planes and their entities live.
    """

    owner: pulumi.Output[str]
    """The mark of this stack on what it creates, `project/stack/id`; see `ownership`. The id is not
    known before the first update. A name that holds it can be no other stack's."""
    connection: pulumi.Output[Connection]
    """For look-ups and waits in the program. Not secret itself, and never to be exported."""

    def __init__(
        self,
        name: str,
        *,
        token: pulumi.Input[str] | None = None,
        server_url: pulumi.Input[str] | None = None,
        geo: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        secret = None if token is None else pulumi.Output.secret(token)
        given: dict[str, Any] = {"token": secret, "server_url": server_url, "geo": geo}
        props = {f"konnect:{key}": value for key, value in given.items() if value is not None}
        super().__init__(PACKAGE, name, props, opts)
        project, stack = pulumi.get_project(), pulumi.get_stack()
        self.owner = self.id.apply(lambda id_: str(Owner.of(project, stack, id_)))
        self.connection = pulumi.Output.unsecret(
            pulumi.Output.all(secret, server_url, geo).apply(lambda v: Connection.resolve(*v))
        )


def connection_of(resource: pulumi.CustomResource) -> pulumi.Output[Connection]:
    """The connection that a resource's provider has, for the waits in the program."""
    provider = resource._provider
    if isinstance(provider, Provider):
        return provider.connection
    return ambient_connection()


def ambient_connection() -> pulumi.Output[Connection]:
    """The connection of resources without an explicit provider: configuration, environment."""
    config = pulumi.Config("konnect")
    token = config.get_secret("token")
    return pulumi.Output.unsecret(
        pulumi.Output.all(token, config.get("server_url"), config.get("geo")).apply(
            lambda v: Connection.resolve(*v)
        )
    )


def explicit_provider(opts: pulumi.ResourceOptions | None) -> Provider | None:
    """The `konnect.Provider` that a resource will have, before it is registered."""
    if opts is None:
        return None
    given = opts.provider
    if given is None and opts.parent is not None:
        given = opts.parent.get_provider("pulumi-python:dynamic:Resource")
    return given if isinstance(given, Provider) else None
