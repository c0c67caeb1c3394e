"""CRUD of Aviatrix objects: their client, the controller they are in, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pulumi import dynamic

from providers.aviatrix.client import Client, client_for
from providers.aviatrix.connection import Connection
from providers.aviatrix.errors import MissingError, RefusedError
from providers.base.crud import CrudProvider
from providers.base.errors import AmbiguousWriteError
from providers.base.http import Answer, Json
from providers.base.model import LOCAL, Inputs, Props


class AviatrixInputs(Inputs):
    """The inputs that all objects have."""

    after: Annotated[str | None, LOCAL] = None
    """Any value that must be known first: that of a wait until a gateway is up, say."""


M = TypeVar("M", bound=AviatrixInputs)


class AviatrixProvider(CrudProvider[M, Client], Generic[M]):
    """CRUD of one type of object of a controller.

    The controller knows objects by their names, not by ids. So ``natural_key`` makes the id: its
    values with ``~`` between them, as in the Terraform provider.
    """

    service = "the Aviatrix controller"
    vendor = "aviatrix"
    scope_names = ("controller",)
    outputs: ClassVar[tuple[str, ...]] = ()

    marked_by: ClassVar[tuple[str, ...]] = ()
    """The inputs whose names tell whose the object is. By default those of ``natural_key``."""
    present: ClassVar[tuple[str, ...]] = ("already exists",)
    """Reasons with which the controller refuses to create what it has."""
    delete_first: ClassVar[bool] = False
    """Whether the old object excludes the new one of a replacement, also under another name."""

    def client(self) -> Client:
        return client_for(
            Connection.resolve(
                self.setting("controller_ip"),
                self.setting("username"),
                self.setting("password"),
                self.setting("verify_ssl_certificate"),
                self.setting("path_to_ca_certificate"),
            )
        )

    def scope(self, client: Client) -> Props:
        return {"controller": client.connection.base_url}

    def scope_mismatch(self, id_: str, recorded: Props, scope: Props) -> str:
        return (
            f"{self.noun} {id_} is in controller {recorded['controller']}, and this provider is "
            f"of {scope['controller']}. Nothing was read, updated or deleted. Use the first "
            "address (AVIATRIX_CONTROLLER_IP or aviatrix:controller_ip). If that controller moved, "
            "give its old address to the new one"
        )

    def diff(self, _id: str, _olds: Props, _news: Props) -> dynamic.DiffResult:
        """As of every provider. Names with ``delete_first`` do not make room for a new object."""
        result = super().diff(_id, _olds, _news)
        if self.delete_first and result.replaces:
            result.delete_before_replace = True
        return result

    def same_owner(self, client: Client, remote: Json, inputs: M) -> bool:
        """Whether this stack's mark is in one of the names: no other stack has it in its names."""
        mark = inputs.created_by
        names = [str(getattr(inputs, name)) for name in self.marked_by or self.natural_key]
        return mark is not None and any(mark in name for name in names)

    def id_of(self, remote: Json) -> str:
        return "~".join(str(remote[name]) for name in self.natural_key)

    def import_id(self, text: str) -> tuple[str, Props]:
        parts = text.split("~", len(self.natural_key) - 1)
        return text, dict(zip(self.natural_key, parts, strict=False))

    def label(self, props: Props) -> str:
        """The object in messages: its noun and names."""
        return f"{self.noun} {' and '.join(repr(str(props.get(n))) for n in self.natural_key)}"

    def inputs_label(self, inputs: M) -> str:
        """As ``label``, from a model of inputs."""
        return self.label({name: getattr(inputs, name) for name in self.natural_key})

    def look(self, client: Client, props: Props, *, fresh: bool) -> Json | None:
        """The object with the natural key in ``props``, or None.

        ``fresh`` says that an answer from before must not serve. The result has the inputs by name.
        """
        raise NotImplementedError

    def make(self, client: Client, inputs: M) -> None:
        """Create the object."""
        raise NotImplementedError

    def edit(self, client: Client, inputs: M, changed: Sequence[str]) -> None:
        """Update the ``changed`` inputs. A type without this one has immutable inputs only."""
        raise NotImplementedError

    def destroy(self, client: Client, props: Props) -> None:
        """Delete the object."""
        raise NotImplementedError

    def find(self, client: Client, inputs: M) -> Json | None:
        return self.look(client, inputs.model_dump(mode="json"), fresh=True)

    def post(self, client: Client, inputs: M) -> Json:
        with self.own_exists(client, inputs):
            self.make(client, inputs)
        return self.seen(client, inputs)

    @contextmanager
    def own_exists(self, client: Client, inputs: M) -> Iterator[None]:
        """Let `create` look again where the controller has an object of this stack already.

        A list that lags did not show it before. `create` then compares it with the inputs. The
        reason may also be about another object: a spoke that has joined another transit gateway.
        """
        try:
            yield
        except RefusedError as error:
            exists = any(text.lower() in error.reason.lower() for text in self.present)
            found = self.find(client, inputs) if exists else None
            if found is None or not self.same_owner(client, found, inputs):
                raise
            raise AmbiguousWriteError(str(error)) from None

    def seen(self, client: Client, inputs: M) -> Json:
        """The object after a write. Where no list shows it yet: as it was asked for."""
        props = inputs.model_dump(mode="json")
        return self.look(client, props, fresh=True) or Answer(props)

    def fetch(self, client: Client, id_: str, props: Props) -> Json:
        found = self.look(client, {**self.import_id(id_)[1], **props}, fresh=False)
        if found is None:
            raise MissingError(f"reading {self.noun} {id_}", "it is in no list")
        return found

    def change(self, client: Client, id_: str, inputs: M, changed: Sequence[str]) -> Json:
        self.edit(client, inputs, changed)
        return self.seen(client, inputs)

    def remove(self, client: Client, id_: str, props: Props) -> None:
        self.destroy(client, {**self.import_id(id_)[1], **props})


def listed(client: Client, api_action: str, doing: str, *, fresh: bool, **fields: str) -> Any:
    """The answer of a list call. Reads of one refresh share it."""
    return (client.query if fresh else client.listed)(api_action, doing, fields)
