"""The explicit Pulumi provider for an Aviatrix controller: its address and the login.

Its inputs have the prefix ``aviatrix:`` because a dynamic provider can read only namespaced
configuration. So the explicit provider's password and a stack's ``aviatrix:password`` have the same
key.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pulumi

from providers.aviatrix.connection import Connection

PACKAGE = "pulumi-python"
"""The package by which the engine finds the provider of dynamic resources."""


class Provider(pulumi.ProviderResource):
    """The Pulumi provider of an Aviatrix controller.

    Example: ``aviatrix.Provider("aviatrix", controller_ip="203.0.113.10")``. Pass it to each
    resource as ``provider=``. A component hands on only one provider of dynamic resources, and that
    may be Konnect's.

    Missing values are read from ``AVIATRIX_CONTROLLER_IP``, ``AVIATRIX_USERNAME`` and
    ``AVIATRIX_PASSWORD``. State holds no password from the environment, and holds a given one
    encrypted. The controller's certificate is verified, unlike in the Terraform provider, unless
    ``verify_ssl_certificate`` is False. ``path_to_ca_certificate`` is a file with the certificates
    to trust.
    """

    mark: pulumi.Output[str]
    """Eight hexadecimal digits that only this stack's state has. Names with it are this stack's:
    most objects of a controller have no tags. Not known before the first update."""
    connection: pulumi.Output[Connection]
    """For waits in the program. It is not a Pulumi secret: never export it."""

    def __init__(
        self,
        name: str,
        *,
        controller_ip: pulumi.Input[str] | None = None,
        username: pulumi.Input[str] | None = None,
        password: pulumi.Input[str] | None = None,
        verify_ssl_certificate: bool | None = None,
        path_to_ca_certificate: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        given: dict[str, Any] = {
            "controller_ip": controller_ip,
            "username": username,
            "password": None if password is None else pulumi.Output.secret(password),
            "verify_ssl_certificate": (
                None if verify_ssl_certificate is None else str(verify_ssl_certificate).lower()
            ),
            "path_to_ca_certificate": path_to_ca_certificate,
        }
        props = {f"aviatrix:{key}": value for key, value in given.items() if value is not None}
        super().__init__(PACKAGE, name, props, opts)
        self.package = PACKAGE  # The SDK gives a resource only a provider of its own package.
        self.mark = self.id.apply(lambda id_: hashlib.sha256(id_.encode()).hexdigest()[:8])
        self.connection = _connection(given)

    def own_name(self, name: str) -> pulumi.Output[str]:
        """A name that no other stack's object has: ``name`` with the mark behind it."""
        return self.mark.apply(lambda mark: f"{name}-{mark}")


def connection_of(resource: pulumi.CustomResource) -> pulumi.Output[Connection]:
    """The connection of a resource's provider, for waits in the program."""
    provider = resource._provider
    if isinstance(provider, Provider):
        return provider.connection
    config = pulumi.Config("aviatrix")
    return _connection(
        {
            "controller_ip": config.get("controller_ip"),
            "username": config.get("username"),
            "password": config.get_secret("password"),
            "verify_ssl_certificate": config.get("verify_ssl_certificate"),
            "path_to_ca_certificate": config.get("path_to_ca_certificate"),
        }
    )


def _connection(given: dict[str, Any]) -> pulumi.Output[Connection]:
    return pulumi.Output.unsecret(
        pulumi.Output.all(**given).apply(lambda values: Connection.resolve(**values))
    )
