"""The base of every Konnect resource: CRUD of a dynamic provider derived from one model.

Three facts of Pulumi's Python dynamic providers shape it. State holds a pickled reference to the
provider class, so the classes take no arguments and are found by type (`multicloudgateway.state`).
A create that fails after its POST loses the object, so create looks for it first. And a provider
process serves four calls at once, so only deletes wait, within a bound.
"""

from __future__ import annotations

import json
import logging
import string
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Generic, TypeVar
from urllib.parse import quote

import pulumi
from pulumi import dynamic

from multicloudgateway import state
from providers.base import model, readiness
from providers.base.errors import (
    BadRequestError,
    ConfigurationError,
    KonnectError,
    MismatchError,
    NotFoundError,
    ResponseError,
    redact,
)
from providers.base.model import Inputs, Props
from providers.base.sealed import marked
from providers.konnect.client import Client, Connection, ambiguous_attempts, client_for

Json = dict[str, Any]
M = TypeVar("M", bound=Inputs)
T = TypeVar("T")

ADOPTED = "adopted"
"""The output of an object that was taken over and neither changed nor refreshed since."""
GONE_STATES = frozenset({"terminating", "terminated"})


class KonnectResourceProvider(dynamic.ResourceProvider, Generic[M]):
    """CRUD of one resource type. A subclass says what is particular to it, nothing else.

    ``Inputs`` is its model, ``noun`` its name in messages, ``natural_key`` the inputs by
    which Konnect keeps two objects apart: when a replacement leaves them unchanged, the old
    object has to go first.
    """

    Inputs: ClassVar[type[Inputs]]
    noun: ClassVar[str]
    natural_key: ClassVar[tuple[str, ...]] = ("name",)
    outputs: ClassVar[tuple[str, ...]] = ("created_at",)
    """The fields of an answer that are outputs and no inputs. What changes by itself (a state,
    a counter) is none of them: it would look like drift. It is in the value of ``ready``."""

    vendor: ClassVar[str] = "konnect"
    """The first word of the type of its resources: `konnect:GatewayService`."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """What state holds of a provider: its type, by which a later release finds its class."""
        kind = type(self).__name__.removesuffix("Provider")
        return state.provider, (f"{self.vendor}:{kind}",)

    # What a subclass provides.

    def find(self, client: Client, inputs: M) -> Json | None:
        """The living object with these inputs' natural key, or None."""
        raise NotImplementedError

    def post(self, client: Client, inputs: M) -> Json:
        """Create it and return at once what Konnect answered."""
        raise NotImplementedError

    def fetch(self, client: Client, id_: str, props: Props) -> Json:
        """Read it. Raises NotFoundError when it is gone."""
        raise NotImplementedError

    def change(self, client: Client, id_: str, inputs: M, changed: Sequence[str]) -> Json:
        """Bring the changed inputs to Konnect, in one write."""
        raise NotImplementedError

    def remove(self, client: Client, id_: str, props: Props) -> None:
        """Delete it and wait until what depends on its absence may go on."""
        raise NotImplementedError

    def remote_inputs(self, remote: Json) -> Json:
        """The inputs as Konnect holds them."""
        return {name: remote.get(name) for name in self.Inputs.model_fields}

    def computed(self, remote: Json) -> Json:
        """The outputs that are no inputs."""
        return {name: remote[name] for name in self.outputs if remote.get(name) is not None}

    def judge(self, remote: Json) -> readiness.Verdict[Any] | None:
        """For what has a lifecycle: tells a failed object, so that a refresh can say it."""
        return None

    def id_of(self, remote: Json) -> str:
        """The resource id, which can never change."""
        return str(remote["id"])

    def import_id(self, text: str) -> tuple[str, Props]:
        """An ``adopt_existing_id`` as (id, inputs that are needed to read it)."""
        return text, {}

    def replacements(self, changed: Sequence[str], olds: Props, news: Props) -> list[str]:
        """Those of the changed inputs that need a new object; by the model unless it depends."""
        return model.replacements(self.Inputs, changed)

    # The protocol of dynamic providers.

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Remember the configuration; a missing token is an error only where it is needed."""
        config = req.config
        self._settings = tuple(
            config.get(f"konnect:{key}") for key in ("token", "server_url", "geo")
        )
        _quiet_tracebacks()

    def check(self, _olds: Props, news: Props) -> dynamic.CheckResult:
        """Normalise and report everything that is wrong, one failure per property."""
        checked = model.check(self.Inputs, news)
        failures = [dynamic.CheckFailure(name, reason) for name, reason in checked.failures]
        return dynamic.CheckResult(checked.inputs, failures)

    def diff(self, _id: str, _olds: Props, _news: Props) -> dynamic.DiffResult:
        """Compare by the model: what changed, and what of it needs a new object."""
        changed = model.changes(self.Inputs, _olds, _news)
        replaces = self.replacements(changed, _olds, _news)
        if changed and _olds.get(ADOPTED):
            # The engine shows the difference of old inputs and new ones, and these are the same.
            said = self._sides(_olds, _news, changed)
            pulumi.log.info(f"{self.noun} {_id} was adopted and differs: {said}")
        return dynamic.DiffResult(
            changes=bool(changed),
            replaces=replaces,
            delete_before_replace=bool(replaces) and not set(changed) & set(self.natural_key),
        )

    def create(self, props: Props) -> dynamic.CreateResult:
        """Find it or make it. A crash at any instant, then another create: still one object."""
        with self._short_errors(props):
            client = self._client()
            wanted = _visible(props)
            inputs = self._parse(wanted)
            if inputs.adopt_existing_id:
                return self._adopt(client, inputs.adopt_existing_id, wanted)
            remote = self._ensure(client, inputs, wanted)
            outputs = self.seal(self._outputs(remote, wanted))
            return dynamic.CreateResult(self.id_of(remote), outputs)

    def read(self, id_: str, props: Props) -> dynamic.ReadResult:
        """What Konnect holds now, in everything the user wrote; gone only on a 404."""
        with self._short_errors(props):
            try:
                remote = self.fetch(self._client(), id_, props)
            except NotFoundError:
                return dynamic.ReadResult(None, {})
            if remote.get("state") in GONE_STATES:
                return dynamic.ReadResult(None, {})
            verdict = self.judge(remote)
            if isinstance(verdict, readiness.Failed):
                # A state is no input, so without this a refresh would show nothing of it.
                pulumi.log.warn(f"{self.noun} {id_} has failed: {verdict}")
            seen = model.observed(self.Inputs, self.remote_inputs(remote), _visible(props))
            # All of it becomes the recorded inputs, which the next refresh compares with.
            outputs = {**seen, **self.computed(remote), **self._still_known(remote, props)}
            return dynamic.ReadResult(self.id_of(remote), self.seal(outputs), self.seal(seen))

    def update(self, _id: str, _olds: Props, _news: Props) -> dynamic.UpdateResult:
        """Write the difference in place."""
        with self._short_errors({**_olds, **_news}):
            wanted = _visible(_news)
            changed = model.changes(self.Inputs, _olds, wanted)
            client = self._client()
            if changed:
                remote = self.change(client, _id, self._parse(wanted), changed)
            else:
                remote = self.fetch(client, _id, wanted)
            return dynamic.UpdateResult(self.seal(self._outputs(remote, wanted)))

    def delete(self, _id: str, _props: Props) -> None:
        """Delete it; that it is gone already is success."""
        with self._short_errors(_props):
            try:
                self.remove(self._client(), _id, _props)
            except NotFoundError:
                return

    # What they share.

    def seal(self, props: Props) -> Props:
        """Properties for the engine, with a mark on every credential.

        The engine marks by itself what the program wrote as a secret, and those outputs that
        the resource names; not what Konnect made up, once a refresh records it as an input.
        """
        credentials = self.Inputs.named(*model.CREDENTIALS)
        return {
            name: marked(value) if name in credentials and value is not None else value
            for name, value in props.items()
        }

    def living(
        self, client: Client, path: str, name: str, *, regional: bool = False
    ) -> Json | None:
        """The object of a collection with a name, unless it is on its way out."""
        action = f"looking for {self.noun} {name!r}"
        query = {"filter[name][eq]": name}
        for item in client.list_all(path, action, query, regional=regional):
            if item["name"] == name and item.get("state") not in GONE_STATES:
                return item
        return None

    def send_delete(self, client: Client, path: str, label: str, id_: str, props: Props) -> None:
        """DELETE. What is terminating refuses another one, sent because an answer was lost."""
        try:
            client.delete(path, f"deleting {label}")
        except BadRequestError:
            if self.fetch(client, id_, props)["state"] not in GONE_STATES:
                raise

    def _client(self) -> Client:
        return client_for(Connection.resolve(*self._settings))

    def _parse(self, wanted: Props) -> M:
        """Inputs that passed check already; should they not, the error quotes none of them."""
        checked = model.check(self.Inputs, wanted)
        if checked.failures:
            said = "; ".join(f"{name}: {reason}" for name, reason in checked.failures)
            raise ConfigurationError(f"{self.noun}: {said}")
        return self.Inputs.model_validate(checked.inputs)  # type: ignore[return-value]

    def _ensure(self, client: Client, inputs: M, wanted: Props) -> Json:
        for attempt in ambiguous_attempts():
            with attempt:
                remote = self.find(client, inputs)
                if remote is None:
                    return self.post(client, inputs)
                seen, changed = self._compare(remote, wanted)
                if fixed := self.replacements(changed, seen, wanted):
                    raise MismatchError(self._mismatch(remote, seen, wanted, fixed))
                if changed:
                    remote = self.change(client, self.id_of(remote), inputs, changed)
                return remote
        raise AssertionError("the retry loop ends by return or raise")

    def _adopt(self, client: Client, text: str, wanted: Props) -> dynamic.CreateResult:
        """Take over without a write: what differs shows in the next preview, by name."""
        id_, extra = self.import_id(text)
        remote = self.fetch(client, id_, {**wanted, **extra})
        seen, changed = self._compare(remote, wanted)
        if fixed := self.replacements(changed, seen, wanted):
            raise MismatchError(self._mismatch(remote, seen, wanted, fixed))
        # A write-only value cannot be compared, so the one that is written is believed.
        outputs = {**seen, **self.computed(remote), **self._fingerprints(wanted), ADOPTED: True}
        return dynamic.CreateResult(self.id_of(remote), self.seal(outputs))

    def _compare(self, remote: Json, wanted: Props) -> tuple[Props, list[str]]:
        """The inputs as Konnect holds them, and those in which they differ from ``wanted``."""
        seen = model.observed(self.Inputs, self.remote_inputs(remote), wanted)
        return seen, model.changes(self.Inputs, seen, wanted)

    def _mismatch(self, remote: Json, seen: Props, wanted: Props, fixed: Sequence[str]) -> str:
        hidden = set(self.Inputs.named(*model.HIDDEN))
        named = self.natural_key or ("name",)
        key = ", ".join(f"{name} {wanted.get(name)!r}" for name in named if name not in hidden)
        return (
            f"{self.noun} with {key} exists already ({self.id_of(remote)}) and differs where it "
            f"can never change: {self._sides(seen, wanted, fixed)}. "
            "Give the new one another name, or delete the old one."
        )

    def _sides(self, seen: Props, wanted: Props, names: Sequence[str]) -> str:
        """What is in Konnect and what is here, of some inputs."""
        hidden = set(self.Inputs.named(*model.HIDDEN))

        def sides(name: str) -> str:
            if name in hidden:
                return f"{name} differs"
            there, here = (json.dumps(props.get(name), default=str) for props in (seen, wanted))
            return f"{name} is {there} in Konnect and {here} here"

        return "; ".join(map(sides, names))

    def _outputs(self, remote: Json, wanted: Props) -> Props:
        """What was written stands as written; the rest is what Konnect answered."""
        seen = model.observed(self.Inputs, self.remote_inputs(remote), wanted)
        secret = self.Inputs.named(model.WRITE_ONLY)
        written = {name: value for name, value in wanted.items() if name not in secret}
        return {**seen, **written, **self.computed(remote), **self._fingerprints(wanted)}

    def _fingerprints(self, wanted: Props) -> Json:
        """What is recorded of the write-only inputs. The salt is public: it names the object."""
        place = [str(wanted.get(name)) for name in self.natural_key]
        return {
            model.fingerprint_name(name): model.fingerprint(
                wanted[name], "/".join([type(self).Inputs.__name__, name, *place])
            )
            for name in self.Inputs.named(model.WRITE_ONLY)
            if wanted.get(name) is not None
        }

    def _still_known(self, remote: Json, props: Props) -> Json:
        """The recorded fingerprints, unless somebody has written since: then all may differ."""
        if remote.get("updated_at") != props.get("updated_at"):
            return {}
        names = map(model.fingerprint_name, self.Inputs.named(model.WRITE_ONLY))
        return {name: props[name] for name in names if name in props}

    @contextmanager
    def _short_errors(self, props: Props) -> Iterator[None]:
        """One line for whatever goes wrong, without secrets: Konnect may quote what it refuses."""
        secrets = [
            text
            for name in self.Inputs.named(*model.HIDDEN)
            for text in model.confidential(
                props.get(name), named=bool(self.Inputs.traits(name) & model.CREDENTIALS)
            )
        ]
        try:
            yield
        except ConfigurationError:
            raise
        except KonnectError as error:
            text = str(error)
            if (clean := redact(text, secrets)) == text:
                raise
            raise KonnectError(clean) from None
        except (KeyError, TypeError) as error:
            said = f"{type(error).__name__}: {error}"
            raise ResponseError(f"{self.noun}: the answer is not as documented ({said})") from error


def _visible(props: Mapping[str, Any]) -> Props:
    """Inputs as the model knows them: without the engine's own keys, numbers as ints."""
    return {
        key: model.integers(value)
        for key, value in props.items()
        if not key.startswith("__") and value is not None
    }


def _quiet_tracebacks() -> None:
    """Keep gRPC from printing a traceback for errors that already say all there is."""

    def wanted(record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], KonnectError))

    logger = logging.getLogger("grpc._server")
    if not logger.filters:
        logger.addFilter(wanted)


class PlacedProvider(KonnectResourceProvider[M]):
    """CRUD of an object below a path.

    ``root`` and ``segment`` are the path of its collection, with the inputs in braces that
    say whose it is (``upstreams/{upstream_id}/targets``). ``imported_by`` is what Terraform's
    import id names it by, beside these.
    """

    root: ClassVar[str]
    segment: ClassVar[str]
    regional: ClassVar[bool] = False
    imported_by: ClassVar[str] = "id"

    @property
    def owners(self) -> tuple[str, ...]:
        """The inputs that are in the path, and so in no body and no answer."""
        fields = string.Formatter().parse(self.root + self.segment)
        return tuple(name for _, name, _, _ in fields if name)

    def path(self, props: Mapping[str, Any], id_: str = "") -> str:
        """The path of the collection, or of one of its objects."""
        path = (self.root + self.segment).format_map(props)
        return f"{path}/{quote(id_, safe='')}" if id_ else path

    def called(self, inputs: M) -> str:
        """The object in messages, by its natural key unless that is a credential."""
        shown = [
            repr(str(value))
            for name in self.natural_key
            if name not in self.owners
            and not self.Inputs.traits(name) & model.CREDENTIALS
            and (value := getattr(inputs, name)) is not None
        ]
        return f"{self.noun} {' '.join(shown) or 'without a name'}"

    def body(self, inputs: M) -> Json:
        """The body of the POST."""
        return inputs.body(*self.owners)

    def answered(self, remote: Json, props: Mapping[str, Any]) -> Json:
        """An answer with what only the path tells."""
        return {**remote, **{name: props[name] for name in self.owners}}

    def post(self, client: Client, inputs: M) -> Json:
        props = model.dump(inputs)
        action = f"creating {self.called(inputs)}"
        remote = client.post(self.path(props), action, self.body(inputs), regional=self.regional)
        return self.answered(remote, props)

    def fetch(self, client: Client, id_: str, props: Props) -> Json:
        path, action = self.path(props, id_), f"reading {self.noun} {id_}"
        return self.answered(client.get(path, action, regional=self.regional), props)

    def remove(self, client: Client, id_: str, props: Props) -> None:
        path, action = self.path(props, id_), f"deleting {self.noun} {id_}"
        client.delete(path, action, regional=self.regional)

    def import_id(self, text: str) -> tuple[str, Props]:
        """Terraform's JSON with the id and whose it is, or a bare id."""
        if not text.lstrip().startswith("{"):
            return text, {}
        try:
            parts = json.loads(text)
            return str(parts[self.imported_by]), {name: str(parts[name]) for name in self.owners}
        except (ValueError, KeyError):
            form = json.dumps(dict.fromkeys((self.imported_by, *self.owners), "..."))
            raise KonnectError(f"adopt_existing_id {text!r} is not {form}") from None
