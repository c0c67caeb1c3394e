"""The provider process over gRPC, without an engine: `python -u -m pulumi.dynamic`.

Calls go through everything that a real run goes through but the engine: pickled provider
references, protobuf structs, worker threads, gRPC's way with exceptions. What the process
prints is kept, for a test to look through.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import runpy
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import IO, Any

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.output import UNKNOWN, Unknown
from pulumi.runtime import rpc as sdk
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from providers.konnect.crud import KonnectResourceProvider
from tests.providers.konnect.example import unsealed

Props = dict[str, Any]

PROJECT = Path(__file__).parents[3]
_TIMEOUT = 60.0
"""Seconds for one call."""


def reference(provider: type[KonnectResourceProvider[Any]]) -> str:
    """The `__provider` property of a class, as state holds it."""
    return str(serialize_provider(provider()))


def to_wire(value: Any) -> Any:
    """A value as the engine sends it: unknowns are a word that nobody would write."""
    if isinstance(value, Unknown):
        return sdk.UNKNOWN
    if isinstance(value, dict):
        return {key: to_wire(item) for key, item in value.items()}
    return [to_wire(item) for item in value] if isinstance(value, list) else value


def from_wire(value: Any) -> Any:
    """A value as it came, with the words for unknown values turned back."""
    if isinstance(value, dict):
        return {key: from_wire(item) for key, item in value.items()}
    if isinstance(value, list):
        return [from_wire(item) for item in value]
    return UNKNOWN if value == sdk.UNKNOWN else value


def struct(props: Props) -> struct_pb2.Struct:
    """Properties as they travel."""
    message = struct_pb2.Struct()
    json_format.ParseDict(to_wire(props), message)
    return message


def plain(message: struct_pb2.Struct) -> Props:
    """Properties as they arrived: every number is a float."""
    props: Props = unsealed(from_wire(json_format.MessageToDict(message)))
    return props


@dataclass(frozen=True)
class Checked:
    """The answer of Check."""

    inputs: Props
    failures: list[tuple[str, str]]


@dataclass(frozen=True)
class Diffed:
    """The answer of Diff."""

    changes: bool
    replaces: list[str]
    delete_before_replace: bool


@dataclass(frozen=True)
class ReadBack:
    """The answer of Read; ``id`` is empty when the object is gone."""

    id: str
    outputs: Props
    inputs: Props


class CallError(Exception):
    """A call that failed, with what gRPC tells the engine."""


@dataclass
class Printed:
    """What the process wrote to one of its streams."""

    stream: IO[bytes]
    content: bytes = b""
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Keep reading, so that the process never blocks."""
        self.thread = threading.Thread(target=self._drain, daemon=True)
        self.thread.start()

    def _drain(self) -> None:
        with self.stream:
            for line in self.stream:
                self.content += line


@dataclass
class Started:
    """A process that serves a provider, and the reading ends of its streams."""

    process: subprocess.Popen[bytes] | BaseProcess
    wait: Callable[[float], object]
    """Wait for its end, at most so many seconds."""
    stdout: IO[bytes]
    stderr: IO[bytes]


def command(environment: Mapping[str, str]) -> Started:
    """Start `python -u -m pulumi.dynamic`, as the engine does."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.dynamic"],
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    return Started(process, process.wait, process.stdout, process.stderr)


_prepared = multiprocessing.get_context("forkserver")
_prepared.set_forkserver_preload(["pulumi.dynamic", "grpc", "dill", "providers.konnect"])


def fork(environment: Mapping[str, str]) -> Started:
    """Start the same module in a fork of a process that has imported the packages already.

    The packages take over a second to import. This is for tests that need many processes.
    """
    pipes = [_prepared.Pipe(duplex=False) for _ in range(2)]
    process = _prepared.Process(target=_serve, args=(*(end for _, end in pipes), environment))
    process.start()
    streams = []
    for reading, writing in pipes:
        writing.close()
        streams.append(os.fdopen(os.dup(reading.fileno()), "rb"))
        reading.close()
    return Started(process, process.join, *streams)


def _serve(stdout: Connection, stderr: Connection, environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(PROJECT)
    os.dup2(stdout.fileno(), 1)
    os.dup2(stderr.fileno(), 2)
    # Without buffers, as with `-u`.
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(os.fdopen(number, "wb", buffering=0), write_through=True)
        for number in (1, 2)
    )
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)


class ProviderProcess:
    """A provider process of its own. ``config`` is what an explicit provider is given."""

    def __init__(
        self,
        config: Props,
        start: Callable[[Mapping[str, str]], Started] = command,
        **environment: str,
    ) -> None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("KONNECT_")}
        started = start({**kept, **environment})
        self._process = started.process
        self._wait = started.wait
        self._stderr = Printed(started.stderr)
        port = started.stdout.readline().decode().strip()
        assert port.isdigit(), self._stderr.content.decode()
        self._stdout = Printed(started.stdout)
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._call("Configure", provider_pb2.ConfigureRequest(args=struct(config)))

    def stop(self) -> None:
        """End the process; what it printed is complete afterwards."""
        self._channel.close()
        self._process.terminate()
        self._wait(10)
        self._stdout.thread.join(10)
        self._stderr.thread.join(10)

    def kill(self) -> None:
        """End the process at once, whatever it is doing."""
        self._process.kill()
        self._wait(10)
        self._channel.close()

    @property
    def printed(self) -> str:
        """Everything that the process wrote to stdout (after its port) and stderr."""
        return (self._stdout.content + self._stderr.content).decode()

    def _call(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=_TIMEOUT)
        except grpc.RpcError as error:
            said = error.details() if isinstance(error, grpc.Call) else error
            raise CallError(str(said)) from None

    def check(self, provider: str, news: Props, olds: Props | None = None) -> Checked:
        """Check inputs. ``provider`` is a reference, here and below."""
        request = provider_pb2.CheckRequest(
            olds=struct({**(olds or {}), "__provider": provider}),
            news=struct({**news, "__provider": provider}),
        )
        answer = self._call("Check", request)
        failures = [(failure.property, failure.reason) for failure in answer.failures]
        return Checked(self._own(answer.inputs, provider), failures)

    def diff(self, provider: str, id_: str, olds: Props, news: Props) -> Diffed:
        """Compare outputs with checked inputs."""
        request = provider_pb2.DiffRequest(
            id=id_,
            olds=struct({**olds, "__provider": provider}),
            news=struct({**news, "__provider": provider}),
        )
        answer = self._call("Diff", request)
        assert answer.changes != provider_pb2.DiffResponse.DIFF_UNKNOWN
        some = answer.changes == provider_pb2.DiffResponse.DIFF_SOME
        return Diffed(some, list(answer.replaces), answer.deleteBeforeReplace)

    def create(self, provider: str, inputs: Props) -> tuple[str, Props]:
        """Create; returns the id and the outputs."""
        properties = struct({**inputs, "__provider": provider})
        answer = self._call("Create", provider_pb2.CreateRequest(properties=properties))
        return answer.id, self._own(answer.properties, provider)

    def read(self, provider: str, id_: str, outputs: Props) -> ReadBack:
        """Read what is there."""
        properties = struct({**outputs, "__provider": provider})
        answer = self._call("Read", provider_pb2.ReadRequest(id=id_, properties=properties))
        inputs = plain(answer.inputs)
        inputs.pop("__provider", None)
        return ReadBack(answer.id, self._own(answer.properties, provider), inputs)

    def update(self, provider: str, id_: str, olds: Props, news: Props) -> Props:
        """Update; returns the outputs."""
        request = provider_pb2.UpdateRequest(
            id=id_,
            olds=struct({**olds, "__provider": provider}),
            news=struct({**news, "__provider": provider}),
        )
        return self._own(self._call("Update", request).properties, provider)

    def delete(self, provider: str, id_: str, outputs: Props) -> None:
        """Delete."""
        properties = struct({**outputs, "__provider": provider})
        self._call("Delete", provider_pb2.DeleteRequest(id=id_, properties=properties))

    @staticmethod
    def _own(message: struct_pb2.Struct, provider: str) -> Props:
        """Properties without the reference, which the SDK must hand back as it was."""
        props = plain(message)
        assert props.pop("__provider") == provider
        return props
