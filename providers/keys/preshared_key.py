"""The pre-shared key of an IPsec tunnel.

No service holds it: the value is generated once, when the resource is created, and only state
keeps it. Both ends of a tunnel take it as an input. 32 letters and digits satisfy all three
clouds: AWS accepts 8 to 64 letters, digits, ``.`` and ``_`` and no zero at the start, Azure up to
128 printable ASCII characters, and Google recommends 32 random characters.

Sources: AWS, "Tunnel options for your Site-to-Site VPN connection"; Microsoft, "About VPN Gateway
settings"; Google, "Generate a strong pre-shared key".
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Sequence
from typing import Final

import pulumi
from pulumi import dynamic

from providers.base import model
from providers.base.crud import CrudProvider
from providers.base.errors import ProviderError
from providers.base.http import HttpClient
from providers.base.model import Inputs, Props
from providers.base.resource import RemoteResource
from providers.base.sealed import marked

LENGTH: Final = 32
"""Characters of a key."""


def new_key(choose: Callable[[Sequence[str]], str] = secrets.choice) -> str:
    """A new key: ``LENGTH`` letters and digits, a letter first.

    ``choose`` takes one character of a text at random.
    """
    first = choose(string.ascii_letters)
    rest = [choose(string.ascii_letters + string.digits) for _ in range(LENGTH - 1)]
    return first + "".join(rest)


class PresharedKeyInputs(Inputs):
    """A pre-shared key has no inputs."""


class PresharedKeyProvider(CrudProvider[PresharedKeyInputs, HttpClient]):
    """CRUD of a pre-shared key. Nothing is sent anywhere, so it needs no credentials."""

    Inputs = PresharedKeyInputs
    noun = "pre-shared key"
    natural_key = ()
    outputs = ()
    service = "state"
    vendor = "multicloudgateway"

    def create(self, props: Props) -> dynamic.CreateResult:
        with self._short_errors(props):
            inputs = model.dump(self._parse(props))
            return dynamic.CreateResult("pre-shared-key", {**inputs, "value": marked(new_key())})

    def read(self, id_: str, props: Props) -> dynamic.ReadResult:
        """Return what state holds. Raises ProviderError for an import: there is nothing to read."""
        with self._short_errors(props):
            if "value" not in props:
                raise ProviderError(
                    f"pre-shared key {id_} cannot be imported: only the state of its stack holds "
                    "it. Create a new one"
                )
            inputs = {name: props[name] for name in self.Inputs.model_fields if name in props}
            return dynamic.ReadResult(id_, {**inputs, "value": marked(props["value"])}, inputs)

    def update(self, _id: str, _olds: Props, _news: Props) -> dynamic.UpdateResult:
        with self._short_errors(_olds):
            inputs = model.dump(self._parse(_news))
            return dynamic.UpdateResult({**inputs, "value": marked(_olds["value"])})

    def delete(self, _id: str, _props: Props) -> None:
        """Nothing to delete: only state has the key."""


class PresharedKey(RemoteResource[HttpClient], module="multicloudgateway", name="PresharedKey"):
    """A random pre-shared key for one IPsec tunnel, always a Pulumi secret.

    It never changes by itself. To rotate it, replace the resource:
    ``pulumi up --replace <urn>``. The tunnel is down until both ends have the new key. In GCP the
    tunnel is replaced, with its BGP session.
    """

    secret_outputs = ("value",)

    value: pulumi.Output[str]
    """32 letters and digits; the first is a letter."""

    def __init__(self, resource_name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(PresharedKeyProvider(), resource_name, {}, opts)
