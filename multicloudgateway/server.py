"""Serves the package's plugin: its components, and the Konnect resources that they create.

The engine starts one process of the plugin for the components. It starts another one for each
explicit provider of the package (`provider.KonnectOfPackage`): that process creates, reads, updates
and deletes the resources of Konnect, with the Python environment of the plugin. A program in Python
has these resources too, and there Pulumi's own `pulumi-resource-pulumi-python` serves them, with
the Python of the program. The calls are answered in the same way here and there.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import pickle
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, Final, TypeVar

import grpc
import grpc.aio
import pulumi
from google.protobuf import empty_pb2
from pulumi import dynamic
from pulumi.provider import Provider
from pulumi.provider.server import ProviderServicer
from pulumi.runtime import Settings, proto, rpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc

from providers.base.errors import ProviderError

REFERENCE: Final = "__provider"
"""The property with the reference to the provider class, which the SDK adds to each resource."""

NAMESPACE: Final = "konnect:"
"""The beginning of each configuration key of a provider of Konnect's resources."""

WORKERS: Final = 8
"""The calls that one process serves at once. Deletes wait until an object is gone."""

T = TypeVar("T")


class Plugin(ProviderServicer):
    """Answers the engine: ``Construct`` for components, the other calls for resources."""

    def __init__(self, provider: Provider, args: list[str], engine_address: str) -> None:
        super().__init__(provider, args, engine_address)
        self._config: dict[str, Any] = {}
        self._providers: dict[str, dynamic.ResourceProvider] = {}
        self._lock = Lock()
        self._threads = ThreadPoolExecutor(WORKERS)

    async def Configure(self, request: Any, context: Any) -> Any:
        """Keep the configuration of a provider of resources, which takes secrets as plain values.

        The engine then marks an output as a secret when the input of that name is one.
        """
        config = rpc.deserialize_properties(request.args)
        if not any(key.startswith(NAMESPACE) for key in config):
            return await super().Configure(request, context)
        self._config = {key: rpc.unwrap_rpc_secret(value) for key, value in config.items()}
        return proto.ConfigureResponse(acceptSecrets=False)

    async def Check(self, request: Any, context: Any) -> Any:
        """Normalise the inputs of a resource and report every problem."""
        olds = rpc.deserialize_properties(request.olds, True)
        news = rpc.deserialize_properties(request.news, True)
        result = await self._ask(news, context, lambda one: one.check(olds, news))
        failures = [
            proto.CheckFailure(property=f.property, reason=f.reason) for f in result.failures
        ]
        return proto.CheckResponse(inputs=await _properties(result.inputs, news), failures=failures)

    async def Diff(self, request: Any, context: Any) -> Any:
        """Compare the inputs of a resource with its state."""
        olds = rpc.deserialize_properties(request.olds, True)
        news = rpc.deserialize_properties(request.news, True)
        result = await self._ask(news, context, lambda one: one.diff(request.id, olds, news))
        some, none = proto.DiffResponse.DIFF_SOME, proto.DiffResponse.DIFF_NONE
        return proto.DiffResponse(
            changes=some if result.changes else none,
            replaces=result.replaces or [],
            deleteBeforeReplace=bool(result.delete_before_replace),
        )

    async def Create(self, request: Any, context: Any) -> Any:
        """Create a resource."""
        props = rpc.deserialize_properties(request.properties)
        result = await self._ask(props, context, lambda one: one.create(props))
        outs = await _properties(result.outs, props)
        return proto.CreateResponse(id=result.id, properties=outs)

    async def Read(self, request: Any, context: Any) -> Any:
        """Read a resource. One that is gone has no id."""
        props = rpc.deserialize_properties(request.properties)
        result = await self._ask(props, context, lambda one: one.read(request.id, props))
        inputs = (
            {} if result.inputs is None else {"inputs": await _properties(result.inputs, props)}
        )
        outs = await _properties(result.outs, props)
        return proto.ReadResponse(id=result.id or "", properties=outs, **inputs)

    async def Update(self, request: Any, context: Any) -> Any:
        """Update a resource."""
        olds = rpc.deserialize_properties(request.olds)
        news = rpc.deserialize_properties(request.news)
        result = await self._ask(news, context, lambda one: one.update(request.id, olds, news))
        return proto.UpdateResponse(properties=await _properties(result.outs, news))

    async def Delete(self, request: Any, context: Any) -> Any:
        """Delete a resource."""
        props = rpc.deserialize_properties(request.properties)
        await self._ask(props, context, lambda one: one.delete(request.id, props))
        return empty_pb2.Empty()

    async def _ask(
        self, props: dict[str, Any], context: Any, method: Callable[[dynamic.ResourceProvider], T]
    ) -> T:
        """Call a method of the resource's provider in a thread. An error ends the engine's call."""

        def call() -> T:
            pulumi.runtime.configure(Settings(_project(), "stack", organization="organization"))
            return method(self._provider(props[REFERENCE]))

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except Exception as error:
            if not isinstance(error, ProviderError):
                traceback.print_exc()
            await context.abort(grpc.StatusCode.UNKNOWN, str(error) or type(error).__name__)
            raise

    def _provider(self, reference: str) -> dynamic.ResourceProvider:
        """The configured provider of a resource, by the reference to its class."""
        with self._lock:
            if reference not in self._providers:
                provider: dynamic.ResourceProvider = pickle.loads(base64.b64decode(reference))
                config = dynamic.Config(raw_config=self._config, project_name=_project())
                provider.configure(dynamic.ConfigureRequest(config=config))
                self._providers[reference] = provider
            return self._providers[reference]


def _project() -> str:
    return os.environ.get("PULUMI_PROJECT", "project")


async def _properties(outs: dict[str, Any] | None, props: dict[str, Any]) -> Any:
    """Properties for the engine, with the reference to the provider class that ``props`` has."""
    return await rpc.serialize_properties({**(outs or {}), REFERENCE: props[REFERENCE]}, {})


def serve(provider: Provider, arguments: list[str]) -> None:
    """Serve the engine whose address is the first argument. The first line printed is the port."""
    parser = argparse.ArgumentParser(description="Plugin of the Pulumi package multicloudgateway")
    parser.add_argument("engine", help="address of the engine")
    parsed, _ = parser.parse_known_args(arguments)

    async def run() -> None:
        server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
        plugin = Plugin(provider, arguments, parsed.engine)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(plugin, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        await server.wait_for_termination()

    asyncio.run(run())
