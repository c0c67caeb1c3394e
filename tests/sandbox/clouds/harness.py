"""A client of the cloud servers that speaks as the engine does, without an engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN, _special_secret_sig, _special_sig_key

from sandbox.clouds import wire

Values = dict[str, Any]


class Refused(Exception):
    """A gRPC error; the text is what the engine would print."""

    def __init__(self, error: grpc.RpcError) -> None:
        super().__init__(error.details())
        self.code: grpc.StatusCode = error.code()


class Failed(Exception):
    """Check found fault with the inputs."""

    def __init__(self, failures: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{prop}: {reason}" for prop, reason in failures.items()))


@dataclass(frozen=True)
class Made:
    """A created object: what the engine would keep in its state."""

    token: str
    name: str
    id: str
    program: Values
    """What the program wrote; ``inputs`` is that as Check completed it."""
    inputs: Values
    outputs: Values

    def __getitem__(self, output: str) -> Any:
        return self.outputs[output]

    @property
    def urn(self) -> str:
        return urn(self.token, self.name)


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:dev::test::{token}::{name}"


def secret(value: Any) -> Values:
    return {_special_sig_key: _special_secret_sig, "value": value}


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(dict(values))
    return made


class Provider:
    """One provider instance: a connection of its own, configured once."""

    def __init__(self, port: int, config: Mapping[str, Any] | None = None) -> None:
        self._channel = grpc.insecure_channel(
            f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)]
        )
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self.stub.Configure(provider_pb2.ConfigureRequest(args=struct(config or {})))

    def close(self) -> None:
        self._channel.close()

    def check(
        self, token: str, logical: str = "it", olds: Values | None = None, **inputs: Any
    ) -> tuple[Values, dict[str, str]]:
        """(completed inputs, property -> why it is refused)."""
        answer = self.stub.Check(
            provider_pb2.CheckRequest(
                urn=urn(token, logical),
                olds=struct(olds or {}),
                news=struct(inputs),
                randomSeed=b"seed",
            )
        )
        failures = {failure.property: failure.reason for failure in answer.failures}
        return wire.decode(answer.inputs).values, failures

    def create(self, token: str, logical: str = "it", **inputs: Any) -> Made:
        checked, failures = self.check(token, logical, **inputs)
        if failures:
            raise Failed(failures)
        request = provider_pb2.CreateRequest(urn=urn(token, logical), properties=struct(checked))
        answer = self._call("Create", request)
        outputs = wire.decode(answer.properties).values
        return Made(token, logical, answer.id, inputs, checked, outputs)

    def preview(self, token: str, logical: str = "it", **inputs: Any) -> Values:
        checked, _ = self.check(token, logical, **inputs)
        request = provider_pb2.CreateRequest(
            urn=urn(token, logical), properties=struct(checked), preview=True
        )
        return wire.decode(self._call("Create", request).properties).values

    def diff(self, made: Made, ignore: tuple[str, ...] = (), **changed: Any) -> Any:
        """The DiffResponse for ``made`` with these inputs changed; None drops one."""
        _, news = self._changed(made, changed)
        return self._call(
            "Diff",
            provider_pb2.DiffRequest(
                id=made.id,
                urn=made.urn,
                olds=struct(made.outputs),
                old_inputs=struct(made.inputs),
                news=struct(news),
                ignoreChanges=ignore,
            ),
        )

    def update(self, made: Made, **changed: Any) -> Made:
        program, news = self._changed(made, changed)
        request = provider_pb2.UpdateRequest(
            id=made.id, urn=made.urn, olds=struct(made.outputs), news=struct(news)
        )
        outputs = wire.decode(self._call("Update", request).properties).values
        return replace(made, program=program, inputs=news, outputs=outputs)

    def read(self, made: Made, *, as_import: bool = False) -> Made | None:
        """Refresh ``made``; None when it is gone. An import knows the id only."""
        inputs = {} if as_import else made.inputs
        outputs = {} if as_import else made.outputs
        request = provider_pb2.ReadRequest(
            id=made.id, urn=made.urn, inputs=struct(inputs), properties=struct(outputs)
        )
        answer = self._call("Read", request)
        if not answer.id:
            return None
        return replace(
            made,
            inputs=wire.decode(answer.inputs).values,
            outputs=wire.decode(answer.properties).values,
        )

    def delete(self, made: Made) -> None:
        request = provider_pb2.DeleteRequest(
            id=made.id, urn=made.urn, properties=struct(made.outputs)
        )
        self._call("Delete", request)

    def invoke(self, token: str, **args: Any) -> Values:
        answer = self._call("Invoke", provider_pb2.InvokeRequest(tok=token, args=struct(args)))
        return wire.decode(getattr(answer, "return")).values

    def _changed(self, made: Made, changed: Values) -> tuple[Values, Values]:
        """(program, completed inputs) after these changes."""
        program = {k: v for k, v in {**made.program, **changed}.items() if v is not None}
        checked, failures = self.check(made.token, made.name, made.inputs, **program)
        if failures:
            raise Failed(failures)
        return program, checked

    def _call(self, method: str, request: Any) -> Any:
        try:
            return getattr(self.stub, method)(request)
        except grpc.RpcError as error:
            raise Refused(error) from None


__all__ = ["UNKNOWN", "Failed", "Made", "Provider", "Refused", "secret", "struct", "urn"]
