"""A cloud as a Pulumi resource provider: the gRPC methods that the engine calls.

One server serves all provider instances of a package (``aws`` in two regions is two instances), but
a request names no instance. The engine opens one connection per instance, so each configuration is
stored under the peer address of its connection.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox.clouds import diff, life, naming, wire
from sandbox.clouds.declare import Call, Cloud, CloudError, ResourceType
from sandbox.clouds.inputs import problems
from sandbox.clouds.operations import Operations
from sandbox.clouds.wire import Bag, Values
from sandbox.clouds.world import World
from sandbox.http import faults
from sandbox.store import Store

Answer = TypeVar("Answer")

_KINDS = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}
_log = logging.getLogger(__name__)


class _Refused(Exception):
    """A request that cannot be served. It becomes a gRPC error."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code


class CloudServicer(provider_pb2_grpc.ResourceProviderServicer):
    """Serves the provider package of one cloud from the store."""

    def __init__(self, cloud: Cloud, store: Store, operations: Operations) -> None:
        """``store`` may be shared with the servicers of other clouds."""
        self._cloud = cloud
        self._store = store
        self._operations = operations
        self._configs: dict[str, Values] = {}
        self._configs_lock = threading.Lock()

    # Life of the plugin

    def Attach(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Accept the engine's address, which is not used."""
        return self._serve("Attach", "", context, empty_pb2.Empty)

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Tell the engine which features this server supports."""
        return self._serve(
            "Handshake",
            "",
            context,
            lambda: provider_pb2.ProviderHandshakeResponse(accept_secrets=True),
        )

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return the version of the installed SDK. The engine warns about any other."""
        info = plugin_pb2.PluginInfo(version=self._cloud.version)
        return self._serve("GetPluginInfo", "", context, lambda: info)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return a schema with only the package's name and version."""
        schema = json.dumps({"name": self._cloud.package, "version": self._cloud.version})
        answer = provider_pb2.GetSchemaResponse(schema=schema)
        return self._serve("GetSchema", "", context, lambda: answer)

    def GetMapping(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Return nothing: conversion from other tools is not supported."""
        return self._serve("GetMapping", request.key, context, provider_pb2.GetMappingResponse)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Do nothing: no work runs longer than its request."""
        return self._serve("Cancel", "", context, empty_pb2.Empty)

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Accept any provider configuration."""
        answer = provider_pb2.CheckResponse(inputs=request.news)
        return self._serve("CheckConfig", request.urn, context, lambda: answer)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Report a changed configuration as an update of the provider, never a replacement."""

        def work() -> Any:
            old = wire.decode(request.old_inputs).values
            new = wire.decode(request.news).values
            changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
            some = provider_pb2.DiffResponse.DIFF_SOME if changed else _NO_DIFF
            return provider_pb2.DiffResponse(changes=some, diffs=changed)

        return self._serve("DiffConfig", request.urn, context, work)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Store the configuration of the provider instance of this connection."""

        def work() -> Any:
            config = {
                key: _structured(value) for key, value in wire.decode(request.args).values.items()
            }
            with self._configs_lock:
                self._configs[context.peer()] = config
            return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

        return self._serve("Configure", request.urn, context, work)

    # Functions

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Call a function (data source) of the package."""

        def work() -> Any:
            function = self._cloud.functions.get(request.tok)
            if function is None:
                text = f"the sandbox does not model the function {request.tok}"
                raise _Refused(grpc.StatusCode.INVALID_ARGUMENT, text)
            args = wire.decode(request.args)
            with self._store.transaction():
                result = function(self._call(request.tok, context, args.values))
            answer = provider_pb2.InvokeResponse()
            getattr(answer, "return").CopyFrom(wire.encode(Bag(result)))
            return answer

        return self._serve("Invoke", request.tok, context, work, calls_cloud=True)

    # Resources

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Check inputs against the declaration; fill in defaults and the name."""

        def work() -> Any:
            token = naming.type_of(request.urn)
            type_ = self._cloud.types.get(token)
            if type_ is None:
                failures = [("", f"the sandbox does not model {token}")]
                return _check_response(request.news, failures)
            news, olds = wire.decode(request.news), wire.decode(request.olds)
            inputs = self._completed(type_, news.values, olds.values, request)
            failures = list(problems(type_.inputs, inputs, "", type_.token))
            if not failures:
                given = wire.Given(inputs)
                failures = [failure for check in type_.checks for failure in check(given)]
            return _check_response(wire.encode(Bag(inputs, news.secrets)), failures)

        return self._serve("Check", request.urn, context, work)

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Compare property by property, and report which changes need a replacement."""

        def work() -> Any:
            type_ = self._type(request.urn)
            old = wire.decode(request.old_inputs).values
            new = wire.decode(request.news).values
            found = diff.changes(type_, old, new, set(request.ignoreChanges))
            replaces = sorted({change.prop for change in found if change.replace})
            return provider_pb2.DiffResponse(
                changes=provider_pb2.DiffResponse.DIFF_SOME if found else _NO_DIFF,
                replaces=replaces,
                stables=sorted(n for n, spec in type_.inputs.items() if spec.fixed is True),
                deleteBeforeReplace=bool(replaces) and self._delete_first(type_, new),
                diffs=sorted({change.prop for change in found}),
                detailedDiff={
                    change.path: provider_pb2.PropertyDiff(
                        kind=_KINDS[change.kind, change.replace], inputDiff=True
                    )
                    for change in found
                },
                hasDetailedDiff=True,
            )

        return self._serve("Diff", request.urn, context, work)

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Create the object. In a preview, return what is known of it and create nothing."""

        def work() -> Any:
            type_ = self._type(request.urn)
            inputs = wire.decode(request.properties)
            if request.preview:
                later = dict.fromkeys(type_.outputs, wire.UNKNOWN)
                later |= {n: wire.UNKNOWN for n, spec in type_.inputs.items() if spec.computed}
                body = {**later, **type_.body(inputs.values, {})}
                return provider_pb2.CreateResponse(properties=_outputs(type_, body, inputs))
            call = self._call(type_.token, context, inputs.values)
            with self._operations.run(type_.operation, call, context.peer()):
                with self._store.transaction():
                    found = life.create(call, instant=self._operations.instant)
                found = self._operations.settle(self._store, found)
            body = {**life.shown(found.body), "id": found.id}
            properties = _outputs(type_, body, inputs)
            return provider_pb2.CreateResponse(id=found.id, properties=properties)

        return self._serve("Create", request.urn, context, work, calls_cloud=not request.preview)

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Read the current object, for refresh and import. The id is empty when it is gone."""

        def work() -> Any:
            type_ = self._type(request.urn)
            known = wire.decode(request.inputs)
            state = {**wire.decode(request.properties).values, **known.values}
            with self._store.transaction():
                call = self._call(type_.token, context, state, request.id)
                found = call.world.find(type_, request.id)
                body = None if found is None else life.read(call, found)
            if found is None or body is None:
                return provider_pb2.ReadResponse()
            hidden = {key: value for key, value in found.body.items() if key not in body}
            inputs = type_.inputs_of({**hidden, **body}, known.values)
            return provider_pb2.ReadResponse(
                id=found.id,
                properties=_outputs(type_, {**body, "id": found.id}, known),
                inputs=wire.encode(Bag(inputs, known.secrets)),
            )

        target = f"{request.urn} {request.id}"
        return self._serve("Read", target, context, work, calls_cloud=True)

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Update the object in place."""

        def work() -> Any:
            type_ = self._type(request.urn)
            inputs = wire.decode(request.news)
            if request.preview:
                body = life.merged(type_, wire.decode(request.olds).values, inputs.values, {})
                return provider_pb2.UpdateResponse(properties=_outputs(type_, body, inputs))
            state = {**wire.decode(request.olds).values, **inputs.values}
            call = self._call(type_.token, context, state, request.id)
            call.values = inputs.values
            with self._operations.run(type_.operation, call, context.peer()):
                with self._store.transaction():
                    found = call.world.find(type_, request.id)
                    if found is None:
                        text = f"{type_.token} {request.id} is not there to update"
                        raise _Refused(grpc.StatusCode.NOT_FOUND, text)
                    found = life.update(call, found)
                found = self._operations.settle(self._store, found)
            body = {**life.shown(found.body), "id": found.id}
            return provider_pb2.UpdateResponse(properties=_outputs(type_, body, inputs))

        return self._serve("Update", request.urn, context, work, calls_cloud=not request.preview)

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Delete the object. One that is already gone is no error."""

        def work() -> empty_pb2.Empty:
            type_ = self._type(request.urn)
            state = wire.decode(request.properties).values
            call = self._call(type_.token, context, state, request.id)
            with self._store.transaction():
                found = call.world.find(type_, request.id)
            if found is None:
                return empty_pb2.Empty()
            call.values = type_.values(found.body)
            with (
                self._operations.run(type_.operation, call, context.peer()),
                self._store.transaction(),
            ):
                found = call.world.find(type_, request.id)
                if found is not None:
                    life.delete(call, found)
            return empty_pb2.Empty()

        target = f"{request.urn} {request.id}"
        return self._serve("Delete", target, context, work, calls_cloud=True)

    # Helpers

    def _serve(
        self,
        method: str,
        target: str,
        context: grpc.ServicerContext,
        work: Callable[[], Answer],
        *,
        calls_cloud: bool = False,
    ) -> Answer:
        """Do ``work``, log the request, and turn exceptions into gRPC errors.

        Only a request that ``calls_cloud`` meets the faults that were injected.
        """
        token = naming.type_of(target)
        label = f"{token} {target}".strip()
        try:
            answer = self._with_faults(method, token or target, work) if calls_cloud else work()
        except CloudError as error:
            self._refuse(context, method, label, grpc.StatusCode.UNKNOWN, str(error))
        except _Refused as error:
            self._refuse(context, method, label, error.code, str(error))
        except Exception as error:
            _log.exception("%s %s failed", method, label)
            text = f"the sandbox failed in {method} of {label}: {error!r}"
            self._refuse(context, method, label, grpc.StatusCode.INTERNAL, text)
        self._store.log_request(self._cloud.name, method, label, 0)
        return answer

    def _with_faults(self, method: str, token: str, work: Callable[[], Answer]) -> Answer:
        """Do ``work`` as the next fault for this request lets it."""
        fault = faults.for_cloud(self._store, self._cloud.name, method, token)
        if fault is None:
            return work()
        answer = work() if fault.when == "after" else None
        time.sleep(fault.delay)
        if fault.drop:
            raise _Refused(grpc.StatusCode.UNAVAILABLE, fault.message)
        if fault.code is not None:
            raise CloudError(fault.code, f"api error {fault.code}: {fault.message}")
        return work() if answer is None else answer

    def _refuse(
        self,
        context: grpc.ServicerContext,
        method: str,
        label: str,
        code: grpc.StatusCode,
        text: str,
    ) -> NoReturn:
        self._store.log_request(self._cloud.name, method, label, code.value[0])
        context.abort(code, text)
        raise AssertionError("abort returned")

    def _call(
        self, token: str, context: grpc.ServicerContext, values: Values, id_: str = ""
    ) -> Call:
        """The request in the tenant and region of the provider instance. Raises CloudError."""
        with self._configs_lock:
            config = self._configs.get(context.peer())
        if config is None:
            text = f"the {self._cloud.package} provider of this connection is not configured"
            raise _Refused(grpc.StatusCode.FAILED_PRECONDITION, text)
        tenant = self._cloud.tenant_of_id(id_, self._cloud.tenant(config, values, token))
        place = self._cloud.place(config, values, token)
        type_ = self._cloud.types.get(token)
        action = "" if type_ is None else type_.action
        world = World(self._cloud, self._store, tenant, place)
        return Call(world, config, token, values, id_, action=action)

    def _type(self, urn: str) -> ResourceType:
        token = naming.type_of(urn)
        type_ = self._cloud.types.get(token)
        if type_ is None:
            text = f"the sandbox does not model {token}"
            raise _Refused(grpc.StatusCode.INVALID_ARGUMENT, text)
        return type_

    def _completed(self, type_: ResourceType, news: Values, olds: Values, request: Any) -> Values:
        """``news`` with the defaults and the name that a real provider adds in Check."""
        inputs = {key: value for key, value in news.items() if not key.startswith("__")}
        defaulted = [
            name
            for name, spec in type_.inputs.items()
            if spec.default is not None and name not in inputs
        ]
        for name in defaulted:
            inputs[name] = type_.inputs[name].default
        rule = type_.autoname
        if rule is not None and rule.prop not in inputs:
            defaulted.append(rule.prop)
            kept = olds.get(rule.prop) if self._autonamed(type_, olds) else None
            inputs[rule.prop] = kept or naming.made_up(rule, request.urn, request.randomSeed)
        if self._cloud.records_defaults:
            inputs["__defaults"] = sorted(defaulted)
        elif rule is not None and rule.random and rule.prop in defaulted:
            inputs["__createBeforeDelete"] = True
        return inputs

    @staticmethod
    def _autonamed(type_: ResourceType, inputs: Values) -> bool:
        """Whether the name was generated. Then a replacement can be created before the delete."""
        if type_.autoname is None:
            return False
        return bool(
            inputs.get("__createBeforeDelete")
            or type_.autoname.prop in inputs.get("__defaults", [])
        )

    def _delete_first(self, type_: ResourceType, inputs: Values) -> bool:
        """Whether to delete before a replacement, as real providers do with a given name."""
        if not self._cloud.records_defaults:
            return not self._autonamed(type_, inputs)
        return type_.autoname is not None and not self._autonamed(type_, inputs)


_NO_DIFF = provider_pb2.DiffResponse.DIFF_NONE


def _structured(value: Any) -> Any:
    """Parse provider configuration. A value that is not a string arrives as JSON in a string."""
    if isinstance(value, str) and value[:1] in ("{", "[", "t", "f"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _check_response(inputs: Any, failures: list[tuple[str, str]]) -> Any:
    return provider_pb2.CheckResponse(
        inputs=inputs,
        failures=[
            provider_pb2.CheckFailure(property=prop, reason=reason) for prop, reason in failures
        ],
    )


def _outputs(type_: ResourceType, body: Values, inputs: Bag) -> Any:
    """``body`` for the engine. A value is secret if its input was, or if the type says so."""
    secrets = inputs.secrets | type_.secret_outputs
    shown = {key: value for key, value in body.items() if not key.startswith("_")}
    for name, spec in type_.inputs.items():
        if spec.returned is not None and isinstance(shown.get(name), dict | list):
            shown[name] = spec.returned(shown[name])
    return wire.encode(Bag(shown, secrets))
