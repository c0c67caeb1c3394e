"""CRUD of a dynamic provider, derived from one model of the resource's inputs.

Three facts of Pulumi's Python dynamic providers shape it. State holds a pickled reference to the
provider class, so the classes take no arguments and are found by type (`multicloudgateway.state`).
A create that fails after its POST loses the object, so create looks for it first. And a provider
process serves four calls at once, so only deletes wait, within a bound.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Generic, TypeVar

import pulumi
from pulumi import dynamic

from multicloudgateway import state
from providers.base import model, readiness
from providers.base.errors import (
    ConfigurationError,
    MismatchError,
    NotFoundError,
    ProviderError,
    ResponseError,
    redact,
)
from providers.base.http import HttpClient, Json, ambiguous_attempts
from providers.base.model import Inputs, Props
from providers.base.sealed import marked

M = TypeVar("M", bound=Inputs)
C = TypeVar("C", bound=HttpClient)

ADOPTED = "adopted"
"""The output of an object that was taken over and neither changed nor refreshed since."""


class CrudProvider(dynamic.ResourceProvider, Generic[M, C]):
    """CRUD of one resource type. A subclass says what is particular to it, nothing else.

    ``Inputs`` is its model, ``noun`` its name in messages, ``natural_key`` the inputs by
    which the service keeps two objects apart: when a replacement leaves them unchanged, the old
    object has to go first.
    """

    Inputs: ClassVar[type[Inputs]]
    noun: ClassVar[str]
    natural_key: ClassVar[tuple[str, ...]] = ("name",)
    outputs: ClassVar[tuple[str, ...]] = ("created_at",)
    """The fields of an answer that are outputs and no inputs. What changes by itself (a state,
    a counter) is none of them: it would look like drift. It is in the value of ``ready``."""

    service: ClassVar[str]
    """Whose API it is, in messages: `Konnect`."""
    vendor: ClassVar[str]
    """The first word of the type of its resources: `konnect:GatewayService`."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """What state holds of a provider: its type, by which a later release finds its class."""
        kind = type(self).__name__.removesuffix("Provider")
        return state.provider, (f"{self.vendor}:{kind}",)

    # What a subclass provides.

    def find(self, client: C, inputs: M) -> Json | None:
        """The living object with these inputs' natural key, or None."""
        raise NotImplementedError

    def post(self, client: C, inputs: M) -> Json:
        """Create it and return at once what the service answered."""
        raise NotImplementedError

    def fetch(self, client: C, id_: str, props: Props) -> Json:
        """Read it. Raises NotFoundError when it is gone."""
        raise NotImplementedError

    def change(self, client: C, id_: str, inputs: M, changed: Sequence[str]) -> Json:
        """Bring the changed inputs to the service, in one write."""
        raise NotImplementedError

    def remove(self, client: C, id_: str, props: Props) -> None:
        """Delete it and wait until what depends on its absence may go on."""
        raise NotImplementedError

    def remote_inputs(self, remote: Json) -> Json:
        """The inputs as the service holds them."""
        return {name: remote.get(name) for name in self.Inputs.model_fields}

    def computed(self, remote: Json) -> Json:
        """The outputs that are no inputs."""
        return {name: remote[name] for name in self.outputs if remote.get(name) is not None}

    def gone(self, remote: Json) -> bool:
        """Whether an object that is still listed counts as deleted already."""
        return False

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

    def client(self) -> C:
        """The client that the provider's configuration asks for. Raises ConfigurationError."""
        raise NotImplementedError

    def setting(self, name: str) -> str | None:
        """A value of the provider's configuration, such as `konnect:token`."""
        value: str | None = self._config.get(f"{self.vendor}:{name}")
        return value

    # The protocol of dynamic providers.

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Remember the configuration. Missing credentials are an error where they are needed."""
        self._config = req.config
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
            client = self.client()
            wanted = _visible(props)
            inputs = self._parse(wanted)
            if inputs.adopt_existing_id:
                return self._adopt(client, inputs.adopt_existing_id, wanted)
            remote = self._ensure(client, inputs, wanted)
            outputs = self.seal(self._outputs(remote, wanted))
            return dynamic.CreateResult(self.id_of(remote), outputs)

    def read(self, id_: str, props: Props) -> dynamic.ReadResult:
        """What the service holds now, in everything the user wrote; gone only on a 404."""
        with self._short_errors(props):
            try:
                remote = self.fetch(self.client(), id_, props)
            except NotFoundError:
                return dynamic.ReadResult(None, {})
            if self.gone(remote):
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
            client = self.client()
            if changed:
                remote = self.change(client, _id, self._parse(wanted), changed)
            else:
                remote = self.fetch(client, _id, wanted)
            return dynamic.UpdateResult(self.seal(self._outputs(remote, wanted)))

    def delete(self, _id: str, _props: Props) -> None:
        """Delete it; that it is gone already is success."""
        with self._short_errors(_props):
            try:
                self.remove(self.client(), _id, _props)
            except NotFoundError:
                return

    # What they share.

    def seal(self, props: Props) -> Props:
        """Properties for the engine, with a mark on every credential.

        The engine marks by itself what the program wrote as a secret, and those outputs that
        the resource names; not what the service made up, once a refresh records it as an input.
        """
        credentials = self.Inputs.named(*model.CREDENTIALS)
        return {
            name: marked(value) if name in credentials and value is not None else value
            for name, value in props.items()
        }

    def _parse(self, wanted: Props) -> M:
        """Inputs that passed check already; should they not, the error quotes none of them."""
        checked = model.check(self.Inputs, wanted)
        if checked.failures:
            said = "; ".join(f"{name}: {reason}" for name, reason in checked.failures)
            raise ConfigurationError(f"{self.noun}: {said}")
        return self.Inputs.model_validate(checked.inputs)  # type: ignore[return-value]

    def _ensure(self, client: C, inputs: M, wanted: Props) -> Json:
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

    def _adopt(self, client: C, text: str, wanted: Props) -> dynamic.CreateResult:
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
        """The inputs as the service holds them, and those in which they differ from ``wanted``."""
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
        """What the service holds and what is written here, of some inputs."""
        hidden = set(self.Inputs.named(*model.HIDDEN))

        def sides(name: str) -> str:
            if name in hidden:
                return f"{name} differs"
            there, here = (json.dumps(props.get(name), default=str) for props in (seen, wanted))
            return f"{name} is {there} in {self.service} and {here} here"

        return "; ".join(map(sides, names))

    def _outputs(self, remote: Json, wanted: Props) -> Props:
        """What was written stands as written; the rest is what the service answered."""
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
        """Errors of one line, without secrets. The service may quote what it refuses."""
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
        except ProviderError as error:
            text = str(error)
            if (clean := redact(text, secrets)) == text:
                raise
            raise ProviderError(clean) from None
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
        return not (record.exc_info and isinstance(record.exc_info[1], ProviderError))

    logger = logging.getLogger("grpc._server")
    if not logger.filters:
        logger.addFilter(wanted)
