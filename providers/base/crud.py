"""CRUD of a dynamic provider, derived from one model of the resource's inputs.

Three facts of Pulumi's Python dynamic providers shape it. State holds a pickled reference to the
provider class, so the classes take no arguments and are found by type (`multicloudgateway.state`).
A create that fails after its POST loses the object, so create looks for it first. And a provider
process serves four calls at once, so only deletes wait, within a bound.
"""

from __future__ import annotations

import json
import logging
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Final, Generic, TypeVar

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
    ScopeError,
    TakenError,
    redact,
)
from providers.base.http import HttpClient, Json, ambiguous_attempts
from providers.base.model import Inputs, Props
from providers.base.sealed import marked

M = TypeVar("M", bound=Inputs)
C = TypeVar("C", bound=HttpClient)

DELETE_TIMEOUT: Final = 1800.0
"""Seconds that a delete may take, unless the resource says otherwise."""
ADOPTED: Final = "adopted"
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
    scope_names: ClassVar[tuple[str, ...]] = ()
    """The values of ``scope`` that identify it; others are for messages."""
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

    def scope(self, client: C) -> Props:
        """Where the client's credentials are valid, recorded with every object: its account."""
        return {}

    def same_owner(self, client: C, remote: Json, inputs: M) -> bool:
        """Whether an existing object was created by this stack, so that create may go on with it.

        False unless there is proof: what another made is never taken over silently.
        """
        return False

    def forbidden_changes(self, olds: Props, news: Props) -> Iterator[tuple[str, str]]:
        """(property, reason) for each change from recorded to new inputs that must not be made."""
        return iter(())

    def delete_limit(self, props: Props) -> float:
        """Seconds that a delete may take: the resource option ``custom_timeouts.delete``."""
        limit = props.get("delete_timeout")
        return DELETE_TIMEOUT if limit is None else float(limit)

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
        problems = checked.failures
        if _olds and not problems:
            problems = list(self.forbidden_changes(_visible(_olds), checked.inputs))
        failures = [dynamic.CheckFailure(name, reason) for name, reason in problems]
        return dynamic.CheckResult(checked.inputs, failures)

    def diff(self, _id: str, _olds: Props, _news: Props) -> dynamic.DiffResult:
        """Compare by the model: what changed, and what of it needs a new object."""
        if any(name in _olds for name in self.scope_names):
            with self._short_errors({**_olds, **_news}):
                self._require_scope(_id, _olds)
        changed = model.changes(self.Inputs, _olds, _news)
        replaces = self.replacements(changed, _olds, _news)
        adopt = _news.get("adopt_existing_id")
        if adopt is not None and adopt != _olds.get("adopt_existing_id"):
            pulumi.log.warn(
                f"{self.noun} {_id}: adopt_existing_id {adopt!r} does nothing, because the "
                "resource is in the state already; remove it"
            )
        if changed and _olds.get(ADOPTED):
            # The engine shows the difference of old inputs and new ones, and these are the same.
            said = self._sides(_olds, _news, changed)
            pulumi.log.info(f"{self.noun} {_id} was adopted and differs: {said}")
        # `stables` would let dependents see which outputs stay in an update. The SDK's server of
        # dynamic providers does not send it to the engine (pulumi/dynamic/__main__.py, Diff).
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
            scope = self.scope(client)  # First: what cannot be recorded must not be created.
            remote = self._ensure(client, inputs, wanted)
            outputs = self.seal({**self._outputs(remote, wanted), **scope})
            return dynamic.CreateResult(self.id_of(remote), outputs)

    def read(self, id_: str, props: Props) -> dynamic.ReadResult:
        """What the service holds now, in everything the user wrote; gone only on a 404."""
        with self._short_errors(props):
            scope = self._require_scope(id_, props)
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
            known = self._still_known(remote, props)
            outputs = {**seen, **self.computed(remote), **known, **scope}
            return dynamic.ReadResult(self.id_of(remote), self.seal(outputs), self.seal(seen))

    def update(self, _id: str, _olds: Props, _news: Props) -> dynamic.UpdateResult:
        """Write the difference in place."""
        with self._short_errors({**_olds, **_news}):
            wanted = _visible(_news)
            changed = model.changes(self.Inputs, _olds, wanted)
            scope = self._require_scope(_id, _olds)
            client = self.client()
            if changed:
                remote = self.change(client, _id, self._parse(wanted), changed)
            else:
                remote = self.fetch(client, _id, wanted)
            return dynamic.UpdateResult(self.seal({**self._outputs(remote, wanted), **scope}))

    def delete(self, _id: str, _props: Props) -> None:
        """Delete it; that it is gone already is success."""
        with self._short_errors(_props):
            self._require_scope(_id, _props)
            try:
                self.remove(self.client(), _id, _props)
            except NotFoundError:
                return

    # What they share.

    def _require_scope(self, id_: str, props: Props) -> Props:
        """The scope to record. Raises ScopeError when the recorded one is another."""
        recorded = {name: props[name] for name in self.scope_names if name in props}
        if not recorded:
            # Nothing was created with it yet, or by a release that recorded nothing.
            return self.scope(self.client()) if self.scope_names else {}
        scope = self.scope(self.client())
        if any(scope.get(name) != value for name, value in recorded.items()):
            raise ScopeError(self.scope_mismatch(id_, props, scope))
        return scope

    def scope_mismatch(self, id_: str, recorded: Props, scope: Props) -> str:
        """Why an object is left alone that is of another scope than the credentials."""
        return f"{self.noun} {id_} is in {recorded}, and the credentials are of {scope}"

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
        absent = False
        for attempt in ambiguous_attempts():
            with attempt:
                remote = self.find(client, inputs)
                if remote is None:
                    absent = True
                    return self.post(client, inputs)
                # What appears after a lost answer is what that request created.
                if not absent and not self.same_owner(client, remote, inputs):
                    raise TakenError(self._taken(remote, wanted))
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
        outputs = {
            **seen,
            **self.computed(remote),
            **self._fingerprints(wanted),
            **self.scope(client),
            ADOPTED: True,
        }
        return dynamic.CreateResult(self.id_of(remote), self.seal(outputs))

    def _compare(self, remote: Json, wanted: Props) -> tuple[Props, list[str]]:
        """The inputs as the service holds them, and those in which they differ from ``wanted``."""
        seen = model.observed(self.Inputs, self.remote_inputs(remote), wanted)
        return seen, model.changes(self.Inputs, seen, wanted)

    def _taken(self, remote: Json, wanted: Props) -> str:
        id_ = self.id_of(remote)
        return (
            f"{self.noun} with {self._key(wanted)} exists already ({id_}), and nothing shows that "
            "this stack created it, so it was left as it is. To manage it here from now on, write "
            f"adopt_existing_id {id_!r}. Otherwise give the new one another name"
        )

    def _key(self, wanted: Props) -> str:
        hidden = set(self.Inputs.named(*model.HIDDEN))
        named = self.natural_key or ("name",)
        return ", ".join(
            f"{name} {textwrap.shorten(str(wanted.get(name)), 60)!r}"
            for name in named
            if name not in hidden
        )

    def _mismatch(self, remote: Json, seen: Props, wanted: Props, fixed: Sequence[str]) -> str:
        return (
            f"{self.noun} with {self._key(wanted)} exists already ({self.id_of(remote)}) and "
            f"differs where it can never change: {self._sides(seen, wanted, fixed)}. "
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
        except ResponseError as error:
            raise ResponseError(redact(f"{self.noun}: {error}", secrets)) from None
        except ProviderError as error:
            text = str(error)
            if (clean := redact(text, secrets)) == text:
                raise
            raise ProviderError(clean) from None
        except (KeyError, TypeError) as error:
            said = f"{type(error).__name__}: {error}"
            raise ProviderError(
                f"{self.noun}: {said}. This is a defect of the provider, or {self.service} "
                "answered in a form that its API does not document. Please report it"
            ) from error


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
