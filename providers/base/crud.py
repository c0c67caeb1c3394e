"""CRUD of a dynamic provider, derived from the model of a resource's inputs.

Three facts of Pulumi's Python dynamic providers shape it. State holds a pickled reference to the
provider class, so the classes take no arguments and are found by type (`multicloudgateway.state`).
A create that fails after its POST loses the object, so create looks for the object first. A
provider process serves four calls at once, so only deletes wait, and only for a limited time.
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
from providers.base.credentials import confidential, fingerprint, fingerprint_name
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
"""Seconds that a delete may take, unless ``custom_timeouts.delete`` is set."""
ADOPTED: Final = "adopted"
"""Output of an object that was adopted and not updated or refreshed since."""


class CrudProvider(dynamic.ResourceProvider, Generic[M, C]):
    """CRUD of one resource type. A subclass defines only what is specific to its type.

    ``Inputs`` is the model of its inputs. ``noun`` is its name in messages. ``natural_key`` are
    the inputs that must be unique in the service. When a replacement leaves them unchanged, the
    old object is deleted before the new one is created.
    """

    Inputs: ClassVar[type[Inputs]]
    noun: ClassVar[str]
    natural_key: ClassVar[tuple[str, ...]] = ("name",)
    outputs: ClassVar[tuple[str, ...]] = ("created_at",)
    """Response fields that are outputs but not inputs. A field that changes by itself (a state, a
    counter) is not listed: it would look like drift. The value of ``ready`` has such fields."""

    service: ClassVar[str]
    """The service's name in messages: `Konnect`."""
    scope_names: ClassVar[tuple[str, ...]] = ()
    """The keys of ``scope`` that identify the account. Other keys are for messages."""
    vendor: ClassVar[str]
    """The first part of its type tokens: `konnect` in `konnect:GatewayService`."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """Pickle only the type token. A later release finds the provider class by it."""
        kind = type(self).__name__.removesuffix("Provider")
        return state.provider, (f"{self.vendor}:{kind}",)

    # Methods that a subclass implements or overrides.

    def find(self, client: C, inputs: M) -> Json | None:
        """The object with the natural key of ``inputs``, or None. Not one that is being deleted."""
        raise NotImplementedError

    def post(self, client: C, inputs: M) -> Json:
        """Create the object and return the response without waiting."""
        raise NotImplementedError

    def fetch(self, client: C, id_: str, props: Props) -> Json:
        """Read the object. Raises NotFoundError when it does not exist."""
        raise NotImplementedError

    def change(self, client: C, id_: str, inputs: M, changed: Sequence[str]) -> Json:
        """Update the ``changed`` inputs in one request and return the response."""
        raise NotImplementedError

    def remove(self, client: C, id_: str, props: Props) -> None:
        """Delete the object and wait until the objects it depends on can be deleted."""
        raise NotImplementedError

    def remote_inputs(self, remote: Json) -> Json:
        """The inputs with the values that the service holds."""
        return {name: remote.get(name) for name in self.Inputs.model_fields}

    def computed(self, remote: Json) -> Json:
        """The outputs that are not inputs."""
        return {name: remote[name] for name in self.outputs if remote.get(name) is not None}

    def scope(self, client: C) -> Props:
        """The account that the credentials belong to. It is recorded with every object."""
        return {}

    def same_owner(self, client: C, remote: Json, inputs: M) -> bool:
        """Whether this stack created an existing object, so that create may continue with it.

        False without proof: an object that someone else created is never adopted silently.
        """
        return False

    def forbidden_changes(self, olds: Props, news: Props) -> Iterator[tuple[str, str]]:
        """(property, reason) for each change from ``olds`` to ``news`` that is not allowed."""
        return iter(())

    def delete_limit(self, props: Props) -> float:
        """Seconds that a delete may take: ``custom_timeouts.delete``, else DELETE_TIMEOUT."""
        limit = props.get("delete_timeout")
        return DELETE_TIMEOUT if limit is None else float(limit)

    def gone(self, remote: Json) -> bool:
        """Whether an object that is still listed counts as deleted."""
        return False

    def judge(self, remote: Json) -> readiness.Verdict[Any] | None:
        """The verdict on an object with a lifecycle, else None. A refresh warns about Failed."""
        return None

    def id_of(self, remote: Json) -> str:
        """The resource id. It never changes."""
        return str(remote["id"])

    def import_id(self, text: str) -> tuple[str, Props]:
        """Split an ``adopt_existing_id`` into (id, inputs that are needed to read the object)."""
        return text, {}

    def replacements(self, changed: Sequence[str], olds: Props, news: Props) -> list[str]:
        """The ``changed`` inputs that need a replacement. By default the model decides."""
        return model.replacements(self.Inputs, changed)

    def client(self) -> C:
        """The client for the provider's configuration. Raises ConfigurationError."""
        raise NotImplementedError

    def setting(self, name: str) -> str | None:
        """A value of the provider's configuration, such as `konnect:token`."""
        value: str | None = self._config.get(f"{self.vendor}:{name}")
        return value

    # Methods that Pulumi calls.

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Keep the configuration. Missing credentials raise an error only when they are needed."""
        self._config = req.config
        _quiet_tracebacks()

    def check(self, _olds: Props, news: Props) -> dynamic.CheckResult:
        """Normalise the inputs and report every problem, each with its property."""
        checked = model.check(self.Inputs, news)
        problems = checked.failures
        if _olds and not problems:
            problems = list(self.forbidden_changes(_visible(_olds), checked.inputs))
        failures = [dynamic.CheckFailure(name, reason) for name, reason in problems]
        return dynamic.CheckResult(checked.inputs, failures)

    def diff(self, _id: str, _olds: Props, _news: Props) -> dynamic.DiffResult:
        """Compare by the model: which inputs changed, and which of them need a replacement."""
        if any(name in _olds for name in self.scope_names):
            with self._short_errors({**_olds, **_news}):
                self._require_scope(_id, _olds)
        changed = model.changes(self.Inputs, _olds, _news)
        replaces = self.replacements(changed, _olds, _news)
        adopt = _news.get("adopt_existing_id")
        if adopt is not None and adopt != _olds.get("adopt_existing_id"):
            pulumi.log.warn(
                f"{self.noun} {_id}: adopt_existing_id {adopt!r} does nothing, because the "
                "resource is in the state already; delete it from the program"
            )
        if changed and _olds.get(ADOPTED):
            # The engine shows a diff of old and new inputs. After an adoption these are equal.
            said = self._sides(_olds, _news, changed)
            pulumi.log.info(f"{self.noun} {_id} was adopted and differs: {said}")
        # `stables` would tell dependents which outputs an update keeps. The SDK's server for
        # dynamic providers does not send it to the engine (pulumi/dynamic/__main__.py, Diff).
        # A delete is given the recorded outputs, so a change of its limit alone is recorded too.
        # That update reads the object and writes nothing.
        limit_changed = self.delete_limit(_olds) != self.delete_limit(_news)
        return dynamic.DiffResult(
            changes=bool(changed) or limit_changed,
            replaces=replaces,
            delete_before_replace=bool(replaces) and not set(changed) & set(self.natural_key),
        )

    def create(self, props: Props) -> dynamic.CreateResult:
        """Find the object or create it. A create after a crash never makes a second object."""
        with self._short_errors(props):
            client = self.client()
            wanted = _visible(props)
            inputs = self._parse(wanted)
            if inputs.adopt_existing_id:
                return self._adopt(client, inputs.adopt_existing_id, wanted)
            scope = self.scope(client)  # First: create nothing if this fails.
            remote = self._ensure(client, inputs, wanted)
            outputs = self.seal({**self._outputs(remote, wanted), **scope})
            return dynamic.CreateResult(self.id_of(remote), outputs)

    def read(self, id_: str, props: Props) -> dynamic.ReadResult:
        """Read the current values of all inputs. The object is gone on a 404 or in a gone state."""
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
                # The state is not an input, so a refresh would not show the failure otherwise.
                pulumi.log.warn(f"{self.noun} {id_} has failed: {verdict}")
            seen = model.observed(self.Inputs, self.remote_inputs(remote), _visible(props))
            # These become the recorded inputs. The next refresh compares with them.
            known = self._still_known(remote, props)
            outputs = {**seen, **self.computed(remote), **known, **scope}
            return dynamic.ReadResult(self.id_of(remote), self.seal(outputs), self.seal(seen))

    def update(self, _id: str, _olds: Props, _news: Props) -> dynamic.UpdateResult:
        """Update the changed inputs in place."""
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
        """Delete the object. An object that is already gone is a success."""
        with self._short_errors(_props):
            self._require_scope(_id, _props)
            try:
                self.remove(self.client(), _id, _props)
            except NotFoundError:
                return

    # Helpers of these methods.

    def _require_scope(self, id_: str, props: Props) -> Props:
        """The scope to record. Raises ScopeError when it differs from the recorded one."""
        recorded = {name: props[name] for name in self.scope_names if name in props}
        if not recorded:
            # The object was not created yet, or an older release created it without a scope.
            return self.scope(self.client()) if self.scope_names else {}
        scope = self.scope(self.client())
        if any(scope.get(name) != value for name, value in recorded.items()):
            raise ScopeError(self.scope_mismatch(id_, props, scope))
        return scope

    def scope_mismatch(self, id_: str, recorded: Props, scope: Props) -> str:
        """The message for an object whose scope differs from that of the credentials."""
        return f"{self.noun} {id_} is in {recorded}, and the credentials are of {scope}"

    def seal(self, props: Props) -> Props:
        """Mark every credential in ``props`` as a Pulumi secret for the engine.

        The engine itself marks only what the program wrote as a secret and the outputs that the
        resource names. It does not mark a value that the service made and that a refresh then
        records as an input.
        """
        credentials = self.Inputs.named(*model.CREDENTIALS)
        return {
            name: marked(value) if name in credentials and value is not None else value
            for name, value in props.items()
        }

    def _parse(self, wanted: Props) -> M:
        """The model of inputs that passed ``check``. An error quotes no value of them."""
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
                # An object that appears after a lost response was created by that request.
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
        """Adopt an object without a write. The next preview names each input that differs."""
        id_, extra = self.import_id(text)
        remote = self.fetch(client, id_, {**wanted, **extra})
        seen, changed = self._compare(remote, wanted)
        if fixed := self.replacements(changed, seen, wanted):
            raise MismatchError(self._mismatch(remote, seen, wanted, fixed))
        # A write-only value cannot be compared, so the value in the program counts as current.
        outputs = {
            **seen,
            **self.computed(remote),
            **self._fingerprints(wanted),
            **self.scope(client),
            ADOPTED: True,
        }
        return dynamic.CreateResult(self.id_of(remote), self.seal(outputs))

    def _compare(self, remote: Json, wanted: Props) -> tuple[Props, list[str]]:
        """The inputs as the service has them, and the names of those that differ from wanted."""
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
            f"differs in what can never change: {self._sides(seen, wanted, fixed)}. "
            "Give the new one another name, or delete the old one."
        )

    def _sides(self, seen: Props, wanted: Props, names: Sequence[str]) -> str:
        """The service's value and the program's value of each of ``names``, for a message."""
        hidden = set(self.Inputs.named(*model.HIDDEN))

        def sides(name: str) -> str:
            if name in hidden:
                return f"{name} differs"
            there, here = (json.dumps(props.get(name), default=str) for props in (seen, wanted))
            return f"{name} is {there} in {self.service} and {here} here"

        return "; ".join(map(sides, names))

    def _outputs(self, remote: Json, wanted: Props) -> Props:
        """The outputs: values of the program as written, and the service's values for the rest."""
        seen = model.observed(self.Inputs, self.remote_inputs(remote), wanted)
        secret = self.Inputs.named(model.WRITE_ONLY)
        written = {name: value for name, value in wanted.items() if name not in secret}
        return {**seen, **written, **self.computed(remote), **self._fingerprints(wanted)}

    def _fingerprints(self, wanted: Props) -> Json:
        """The fingerprints of the write-only inputs. The salt names the object and is public."""
        place = [str(wanted.get(name)) for name in self.natural_key]
        return {
            fingerprint_name(name): fingerprint(
                wanted[name], "/".join([type(self).Inputs.__name__, name, *place])
            )
            for name in self.Inputs.named(model.WRITE_ONLY)
            if wanted.get(name) is not None
        }

    def _still_known(self, remote: Json, props: Props) -> Json:
        """The recorded fingerprints. None after a foreign update: any value may differ then."""
        if remote.get("updated_at") != props.get("updated_at"):
            return {}
        names = map(fingerprint_name, self.Inputs.named(model.WRITE_ONLY))
        return {name: props[name] for name in names if name in props}

    @contextmanager
    def _short_errors(self, props: Props) -> Iterator[None]:
        """Redact secrets in errors, and shorten them. A service may quote what it refuses."""
        secrets = [
            text
            for name in self.Inputs.named(*model.HIDDEN)
            for text in confidential(
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
    """Inputs without the engine's own keys (``__...``) and None, with whole floats as ints."""
    return {
        key: model.integers(value)
        for key, value in props.items()
        if not key.startswith("__") and value is not None
    }


def _quiet_tracebacks() -> None:
    """Keep gRPC from printing a traceback for a ProviderError: its message is enough."""

    def wanted(record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], ProviderError))

    logger = logging.getLogger("grpc._server")
    if not logger.filters:
        logger.addFilter(wanted)
