"""The calls of `pulumirpc.LanguageRuntime`, answered for Python programs."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from tools.language_host import toolchain
from tools.language_host.children import Children, Stopped
from tools.language_host.toolchain import ToolchainError

BAIL = 32
"""Exit code of a program that has already shown its error (`pulumi-language-python-exec`)."""


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs Python programs and policy packs for one engine."""

    def __init__(self, *, engine: str, executor: str, version: str, children: Children) -> None:
        """Serve `engine`.

        Args:
            engine: address of the engine, passed on to every program.
            executor: path of the `pulumi-language-python-exec` that runs programs.
            version: version to report, without a leading `v`.
            children: where programs are started, so that the process can end them.

        """
        self._engine = engine
        self._executor = executor
        self._version = version
        self._children = children

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        """Accept the engine. It calls this only when it attaches (`PULUMI_DEBUG_LANGUAGES`)."""
        self._engine = request.engine_address or self._engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        """Report the version of the engine this host belongs to."""
        return plugin_pb2.PluginInfo(version=self._version)

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """Report no package.

        The engine downloads what it is told here before it runs the program, retrying for a while
        when it cannot, even if `PULUMI_DEBUG_PROVIDERS` attaches it to that very provider. This
        host exists where nothing can be downloaded. Nothing is lost: each resource carries the
        name and version of its plugin, which the engine then looks for when it is first needed.
        """
        return language_pb2.GetRequiredPackagesResponse()

    def GetRequiredPlugins(
        self, request: language_pb2.GetRequiredPluginsRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPluginsResponse:
        """Report no plugin, as `GetRequiredPackages`."""
        return language_pb2.GetRequiredPluginsResponse()

    def RuntimeOptionsPrompts(
        self, request: language_pb2.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> language_pb2.RuntimeOptionsResponse:
        """Ask nothing: `pulumi new` may take its defaults."""
        return language_pb2.RuntimeOptionsResponse()

    def About(
        self, request: language_pb2.AboutRequest, context: grpc.ServicerContext
    ) -> language_pb2.AboutResponse:
        """Report the program's Python and its version."""
        python = _resolve(request.info, context).python
        script = "import platform; print(platform.python_version())"
        version = _read([python, "-c", script], request.info.root_directory, context)
        return language_pb2.AboutResponse(executable=python, version=version.strip())

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """List installed packages; those that no other one requires, unless all are asked for."""
        command = [_resolve(request.info, context).python, "-m", "pip", "list"]
        command += ["--format", "json", "--disable-pip-version-check"]
        if not request.transitiveDependencies:
            command.append("--not-required")
        listed = json.loads(_read(command, request.info.root_directory, context))
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=one["name"], version=one["version"])
                for one in listed
            ]
        )

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Make the virtual environment if it is missing, then install `requirements.txt` in it.

        A plugin always has a virtual environment. Pulumi's own host upgrades pip, setuptools and
        wheel before it installs anything.
        """
        try:
            virtualenv = toolchain.declared_virtualenv(request.info, plugin=request.is_plugin)
            if virtualenv is not None and not (virtualenv / "bin" / "python").exists():
                command = [toolchain.ambient_python(), "-m", "venv", str(virtualenv)]
                yield from self._install_step(command, request, context)
            python = toolchain.resolve(request.info, plugin=request.is_plugin).python
        except ToolchainError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        if Path(request.info.program_directory, "requirements.txt").exists():
            command = [python, "-m", "pip", "install", "-r", "requirements.txt"]
            yield from self._install_step(command, request, context)

    def _install_step(
        self,
        command: Sequence[str],
        request: language_pb2.InstallDependenciesRequest,
        context: grpc.ServicerContext,
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Stream one command's output; abort the call when it fails."""
        cwd = request.info.program_directory
        for item in self._stream(command, cwd, os.environ, context):
            if isinstance(item, int):
                if item != 0:
                    text = f"`{' '.join(command)}` in {cwd} exited with code {item}"
                    context.abort(grpc.StatusCode.INTERNAL, text)
            else:
                stream, chunk = item
                yield (
                    language_pb2.InstallDependenciesResponse(stdout=chunk)
                    if stream == "stdout"
                    else language_pb2.InstallDependenciesResponse(stderr=chunk)
                )

    def Run(
        self, request: language_pb2.RunRequest, context: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        """Run a program to its end.

        `bail` tells the engine to stop without a further message. It is set when the program has
        shown its error itself, and when the run was cancelled: the engine says that on its own.
        """
        try:
            tools = toolchain.resolve(request.info)
        except ToolchainError as error:
            return language_pb2.RunResponse(error=str(error))
        env = tools.environment(dict(os.environ))
        env["PULUMI_CONFIG"] = json.dumps(dict(request.config))
        env["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(list(request.configSecretKeys))
        command = [tools.python, "-u", self._executor, *self._executor_arguments(request)]
        try:
            with self._children.start(command, cwd=request.pwd, env=env) as program:
                context.add_callback(program.terminate)
                code = program.wait()
        except Stopped:
            code = BAIL
        if code == 0:
            return language_pb2.RunResponse()
        if code == BAIL or self._children.stopped:
            return language_pb2.RunResponse(bail=True)
        how = f"exited with code {code}" if code > 0 else f"was ended by signal {-code}"
        return language_pb2.RunResponse(error=f"the Python program {how}")

    def _executor_arguments(self, request: language_pb2.RunRequest) -> list[str]:
        arguments = {
            "--monitor": request.monitor_address,
            "--engine": self._engine,
            "--project": request.project,
            "--stack": request.stack,
            "--organization": request.organization,
            "--pwd": request.pwd,
            "--root_directory": request.info.root_directory,
            "--dry_run": "true" if request.dryRun else "false",
            "--parallel": str(request.parallel),
        }
        given = [part for pair in arguments.items() if pair[1] for part in pair]
        return [*given, request.info.entry_point or ".", *request.args]

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Run a policy pack or another plugin written in Python, streaming what it prints.

        The engine reads the plugin's port from the first line of the stream. It ends the plugin by
        cancelling the call.
        """
        policies = request.kind == "analyzer"
        python = _resolve(request.info, context, plugin=not policies)
        directory = request.info.program_directory
        if policies:
            command = [python.python, "-u", "-m", "pulumi.policy", *request.args, directory]
        else:
            command = [python.python, "-u", directory, *request.args]
        env = python.environment(dict(pair.split("=", 1) for pair in request.env if "=" in pair))
        for item in self._stream(command, request.pwd, env, context):
            if isinstance(item, int):
                yield language_pb2.RunPluginResponse(exitcode=item)
            elif item[0] == "stdout":
                yield language_pb2.RunPluginResponse(stdout=item[1])
            else:
                yield language_pb2.RunPluginResponse(stderr=item[1])

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """End every running program."""
        self._children.stop()
        return empty_pb2.Empty()

    def _code_generation(self, request: Any, context: grpc.ServicerContext) -> Any:
        context.abort(
            grpc.StatusCode.UNIMPLEMENTED,
            "this is the built-in Python language host, which runs programs only; "
            "generating code needs the one of a Pulumi release",
        )

    Template = Link = Pack = _code_generation
    GenerateProgram = GenerateProject = GeneratePackage = _code_generation

    def _stream(
        self,
        command: Sequence[str],
        cwd: str,
        env: Mapping[str, str],
        context: grpc.ServicerContext,
    ) -> Iterator[tuple[str, bytes] | int]:
        """Yield a child's output as it comes, each piece with its stream, and last its exit code.

        The child ends when the call does.
        """
        chunks: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()

        def pump(name: str, pipe: IO[bytes]) -> None:
            while chunk := os.read(pipe.fileno(), 65536):
                chunks.put((name, chunk))
            chunks.put((name, b""))

        try:
            with self._children.start(
                command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as child:
                context.add_callback(child.terminate)
                assert child.stdout is not None
                assert child.stderr is not None
                pipes = {"stdout": child.stdout, "stderr": child.stderr}
                for name, pipe in pipes.items():
                    threading.Thread(target=pump, args=(name, pipe), daemon=True).start()
                while pipes:
                    name, chunk = chunks.get()
                    if chunk:
                        yield name, chunk
                    else:
                        pipes.pop(name).close()
                yield child.wait()
        except Stopped:
            context.abort(grpc.StatusCode.CANCELLED, "the language host is stopping")


def _resolve(
    info: language_pb2.ProgramInfo, context: grpc.ServicerContext, *, plugin: bool = False
) -> toolchain.Toolchain:
    try:
        return toolchain.resolve(info, plugin=plugin)
    except ToolchainError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))


def _read(command: Sequence[str], cwd: str, context: grpc.ServicerContext) -> str:
    """Return what a short command prints; abort the call when it fails or takes a minute."""
    try:
        done = subprocess.run(
            command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        context.abort(grpc.StatusCode.INTERNAL, str(error))
    if done.returncode != 0:
        text = f"`{' '.join(command)}` exited with code {done.returncode}: {done.stderr.strip()}"
        context.abort(grpc.StatusCode.INTERNAL, text)
    return done.stdout
