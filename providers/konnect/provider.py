"""The explicit Pulumi provider for Konnect: token, server and geo.

Its inputs have the prefix ``konnect:`` because a dynamic provider can read only namespaced
configuration. So the explicit provider's token and a stack's ``konnect:token`` have the same key.
"""

from __future__ import annotations

from typing import Any, ClassVar

import pulumi

from providers.konnect.client import Connection
from providers.konnect.ownership import Owner

PACKAGE = "pulumi-python"
"""The package by which the engine finds the provider of dynamic resources."""


class Provider(pulumi.ProviderResource):
    """The Pulumi provider of a Konnect organisation.

    Example: ``konnect.Provider("konnect", token=..., server_url=...)``. Pass it to a component as
    ``providers=[konnect]`` or to a resource as ``provider=``. Each provider runs in its own
    process, so one program can manage several organisations.

    A missing ``token`` is read from ``KONNECT_TOKEN`` or ``KONNECT_SPAT``, and a missing
    ``server_url`` from ``KONNECT_SERVER_URL``. State holds no token from the environment, and
    holds a given token encrypted.

    ``geo`` is one of ``us eu au me in sg`` (default: that of a regional server URL, else ``us``).
    It selects where control planes and their entities are.
    """

    PLUGIN: ClassVar[str] = PACKAGE
    """The package whose plugin serves the resources. By default it is that of the SDK."""

    owner: pulumi.Output[str]
    """The mark of this stack on its objects, `project/stack/id` (see `ownership`). The id is not
    known before the first update. Only this stack's objects have the id in their names."""
    connection: pulumi.Output[Connection]
    """For look-ups and waits in the program. It is not a Pulumi secret: never export it."""

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
        super().__init__(self.PLUGIN, name, props, opts)
        self.package = PACKAGE  # the SDK gives a resource only a provider of its own package
        project, stack = pulumi.get_project(), pulumi.get_stack()
        self.owner = self.id.apply(lambda id_: str(Owner.of(project, stack, id_)))
        self.connection = pulumi.Output.unsecret(
            pulumi.Output.all(secret, server_url, geo).apply(lambda v: Connection.resolve(*v))
        )

    def own_name(self, name: str) -> pulumi.Output[str]:
        """A name that no other stack's object has: ``name`` with the id of this stack behind it.

        Networks and system accounts have no label. Only by such a name does a later `pulumi up`
        know that a network, which a killed one created, is this stack's. Not known before the
        first update.
        """
        return self.owner.apply(lambda owner: f"{name}-{Owner.parse(owner).id}")


def connection_of(resource: pulumi.CustomResource) -> pulumi.Output[Connection]:
    """The connection of a resource's provider, for waits in the program."""
    provider = resource._provider
    if isinstance(provider, Provider):
        return provider.connection
    return ambient_connection()


def ambient_connection() -> pulumi.Output[Connection]:
    """The connection from the configuration and environment, without an explicit provider."""
    config = pulumi.Config("konnect")
    token = config.get_secret("token")
    return pulumi.Output.unsecret(
        pulumi.Output.all(token, config.get("server_url"), config.get("geo")).apply(
            lambda v: Connection.resolve(*v)
        )
    )


def explicit_provider(opts: pulumi.ResourceOptions | None) -> Provider | None:
    """The `konnect.Provider` that a resource with these options will have, or None."""
    if opts is None:
        return None
    given = opts.provider
    if given is None and opts.parent is not None:
        given = opts.parent.get_provider("pulumi-python:dynamic:Resource")
    return given if isinstance(given, Provider) else None
