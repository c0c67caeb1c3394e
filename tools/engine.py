"""Finds or installs the version of the Pulumi engine that this project pins.

There are three ways, which are tried in this order:

path        a `pulumi` on PATH, the pinned version or newer, with its Python language host;
installer   Pulumi's own installer, into `.cache/engine`;
build       a build from Go modules, into `.cache/engine`.

The build is for networks that reach a Go module proxy but not get.pulumi.com. The engine is in
those modules. Its Python language host is not (see `tools.language_host`), and two small scripts
that it needs come from the SDK module. `MCG_ENGINE=path|installer|build` allows one way only.

    python -m tools.engine             print the path of the engine, if it is installed
    python -m tools.engine --ensure    install it first, if it is not
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import httpx
import semver

from tools.processes import Busy, ProcessFailed, exit_on_signals, only_one, watch
from tools.progress import say, step

CHECKOUT = Path(__file__).resolve().parent.parent

SWITCH = "MCG_ENGINE"
"""Environment variable that allows one way only."""

INSTALLER_URL = "https://get.pulumi.com/install.sh"

PROBE_LIMIT = 5.0
"""Limit of a request to get.pulumi.com, in seconds. Without a network, the installer ends then."""

INSTALL_LIMIT = 600.0
"""Limit of the official installer, in seconds. It downloads about 200 MB."""

BUILD_LIMIT = 3600.0
"""Limit of the build, in seconds. It takes 6 to 7 minutes on two cores, seconds with a cache."""

_ENGINE_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"

_SDK_SCRIPTS = (
    "python/cmd/pulumi-language-python-exec",  # runs a program inside its own Python
    "python/dist/pulumi-resource-pulumi-python",  # runs dynamic providers
)
_EXECUTABLES = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)


class Way(StrEnum):
    """A way to get an engine."""

    PATH = "path"
    INSTALLER = "installer"
    BUILD = "build"


class EngineError(Exception):
    """No engine is available. The text is for the user: each way, and why it failed."""


class Unavailable(Exception):
    """One way does not work here. The text is the reason."""


def pinned_version(checkout: Path = CHECKOUT) -> str:
    """Return the engine version: the SDK's pinned version in `requirements.txt`."""
    requirements = (checkout / "requirements.txt").read_text()
    pin = re.search(r"^pulumi==(\S+)", requirements, re.MULTILINE)
    if pin is None:
        raise EngineError(f"{checkout / 'requirements.txt'} has no line `pulumi==<version>`")
    return pin[1]


@dataclass(frozen=True)
class Home:
    """A checkout, and the folder in it where its engine is installed."""

    checkout: Path = CHECKOUT

    @property
    def directory(self) -> Path:
        """Folder of the installed engine. It is complete if it contains `stamp`."""
        return self.checkout / ".cache" / "engine"

    @property
    def pulumi(self) -> Path:
        """The engine's executable. Its helpers are in the same folder."""
        return self.directory / "bin" / "pulumi"

    @property
    def stamp(self) -> Path:
        """JSON file with the versions and inputs that the engine was made from."""
        return self.directory / "made-from.json"

    @property
    def go_module(self) -> Path:
        """The Go module that pins the engine's sources."""
        return self.checkout / "tools" / "engine"

    def launcher(self) -> str:
        """Return the script `pulumi-language-python` that starts this checkout's language host.

        It contains the paths of Python and of the checkout, because the engine starts it in the
        folder of the program. `-P` keeps that folder off the host's own import path.
        """
        start = (
            "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
            "runpy.run_module('tools.language_host', run_name='__main__', alter_sys=True)"
        )
        # Not sys.executable: the same Python has several names (python, python3.11).
        python = shlex.quote(str(Path(sys.prefix, "bin", "python3")))
        checkout = shlex.quote(str(self.checkout))
        return (
            "#!/bin/sh\n"
            "# Starts the Python language host of this checkout. Written by tools/engine.py.\n"
            f"exec {python} -P -u -c {shlex.quote(start)} {checkout} "
            '--executor "$(dirname "$0")/pulumi-language-python-exec" "$@"\n'
        )

    def made_from(self, way: Way) -> dict[str, str]:
        """Return the stamp of an up-to-date engine. An engine with another stamp is made again."""
        made_from = {"way": way.value, "version": pinned_version(self.checkout)}
        if way is Way.BUILD:
            sources = hashlib.sha256(self.launcher().encode())
            for name in ("go.mod", "go.sum"):
                sources.update((self.go_module / name).read_bytes())
            made_from["sources"] = sources.hexdigest()
        return made_from

    def current(self, way: Way) -> bool:
        """Whether an engine from this way is installed, complete and up to date."""
        try:
            stamp = json.loads(self.stamp.read_text())
        except (OSError, ValueError):
            return False
        bin_directory = self.pulumi.parent
        whole = all(os.access(bin_directory / name, os.X_OK) for name in _EXECUTABLES)
        return whole and stamp == self.made_from(way)


def find(home: Home | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of an engine that is already installed. Installs nothing.

    Raises:
        EngineError: if there is none.

    """
    home = home or Home()
    try:
        return _present(home, _allowed(environ), environ)
    except Unavailable as error:
        raise EngineError(
            f"Pulumi {pinned_version(home.checkout)} is not here yet ({error}). "
            "`python -m tools.engine --ensure` gets it."
        ) from None


def ensure(home: Home | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the engine, and install it first if necessary.

    Several processes may call it at once: one installs the engine, the others wait for it.

    Raises:
        EngineError: if every allowed way fails.

    """
    home = home or Home()
    ways = _allowed(environ)
    failures: list[str] = []
    try:
        return _present(home, ways, environ)
    except Unavailable as error:
        failures.append(f"  on this machine: {error}")
    for way, make in ((Way.INSTALLER, _download), (Way.BUILD, _build)):
        if way not in ways:
            continue
        try:
            _make(home, way, make, environ)
            return home.pulumi
        except (Unavailable, ProcessFailed, Busy) as error:
            failures.append(f"  {way.value}: {error}".replace("\n", "\n    "))
    version = pinned_version(home.checkout)
    raise EngineError(
        "\n".join(
            [
                f"Pulumi {version} is not available here. What was tried:",
                *failures,
                f"Put Pulumi {version} or a newer 3.x on PATH "
                "(https://www.pulumi.com/docs/install/), or Go with a module proxy it can reach, "
                "and run the command again.",
            ]
        )
    )


def _present(home: Home, ways: Sequence[Way], environ: Mapping[str, str]) -> Path:
    """Return the engine on PATH, or else the current one in `.cache/engine`."""
    reasons = []
    if Way.PATH in ways:
        try:
            return from_path(home, environ)
        except Unavailable as error:
            reasons.append(str(error))
    kept = [way for way in ways if way is not Way.PATH]
    if any(home.current(way) for way in kept):
        return home.pulumi
    if kept:
        reasons.append(f"no current one in {home.directory}")
    raise Unavailable("; ".join(reasons))


def _allowed(environ: Mapping[str, str]) -> tuple[Way, ...]:
    named = environ.get(SWITCH)
    if not named:
        return tuple(Way)
    try:
        return (Way(named),)
    except ValueError:
        accepted = "|".join(Way)
        raise EngineError(f"{SWITCH}={named} is not one of {accepted}") from None


def from_path(home: Home, environ: Mapping[str, str]) -> Path:
    """Return the `pulumi` on PATH if it can be used instead of the pinned version.

    Raises:
        Unavailable: if there is none, it is too old, has another major version, or lacks its
            Python language host.

    """
    search = environ.get("PATH", os.defpath)
    # The engine in `.cache/engine` may be on PATH too (`make shell`). Its stamp, not its version,
    # decides whether it is up to date.
    ours = home.pulumi.parent.resolve()
    folders = [part for part in search.split(os.pathsep) if part and Path(part).resolve() != ours]
    found = shutil.which("pulumi", path=os.pathsep.join(folders))
    if found is None:
        raise Unavailable("no pulumi on PATH")
    wanted = semver.Version.parse(pinned_version(home.checkout))
    try:
        has = semver.Version.parse(_reported_version(Path(found), environ))
    except ValueError as error:
        raise Unavailable(f"{found} does not report a version: {error}") from None
    if has < wanted or has.major != wanted.major:
        raise Unavailable(
            f"{found} is {has}; this project needs {wanted} or a newer {wanted.major}.x"
        )
    beside = str(Path(found).resolve().parent)
    if shutil.which("pulumi-language-python", path=os.pathsep.join([beside, *folders])) is None:
        raise Unavailable(f"{found} has no pulumi-language-python beside it or on PATH")
    return Path(found)


def _reported_version(pulumi: Path, environ: Mapping[str, str]) -> str:
    """Return the output of `pulumi version`, without its leading `v`.

    Raises:
        Unavailable: if it cannot be run, fails, or takes longer than ten seconds.

    """
    env = {**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run(
            [pulumi, "version"], env=env, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(f"{pulumi} does not run: {error}") from error
    return done.stdout.strip().removeprefix("v")


def _make(
    home: Home,
    way: Way,
    make: Callable[[Home, Path, Mapping[str, str]], None],
    environ: Mapping[str, str],
) -> None:
    """Install an engine in `.cache/engine`.

    It is made in another folder, stamped, and then moved into place. So an interrupted attempt
    leaves nothing that looks like an engine.
    """
    cache = home.directory.parent
    with only_one(cache / "engine.lock", limit=BUILD_LIMIT):
        if home.current(way):
            return  # another process installed it while this one waited
        fresh, replaced = cache / "engine.partial", cache / "engine.replaced"
        for leftover in (fresh, replaced):
            shutil.rmtree(leftover, ignore_errors=True)
        make(home, fresh, environ)
        version = pinned_version(home.checkout)
        built = _reported_version(fresh / "bin" / "pulumi", environ)
        if built != version:
            raise Unavailable(f"it reports version {built} instead of {version}")
        (fresh / home.stamp.name).write_text(json.dumps(home.made_from(way), indent=2) + "\n")
        if home.directory.exists():
            home.directory.rename(replaced)
        fresh.rename(home.directory)
        shutil.rmtree(replaced, ignore_errors=True)


def _download(home: Home, target: Path, environ: Mapping[str, str]) -> None:
    """Run the official installer in a process with a time limit, as it has none of its own."""
    try:
        httpx.head(INSTALLER_URL, timeout=PROBE_LIMIT, follow_redirects=True).raise_for_status()
    except httpx.HTTPError as error:
        raise Unavailable(f"{INSTALLER_URL} does not answer: {error}") from error
    version = pinned_version(home.checkout)
    install = (
        "import sys, semver; from pulumi.automation import PulumiCommand; "
        "PulumiCommand.install(root=sys.argv[1], version=semver.Version.parse(sys.argv[2]))"
    )
    with step(f"Installing Pulumi {version} from get.pulumi.com"):
        watch(
            [sys.executable, "-c", install, str(target), version],
            limit=INSTALL_LIMIT,
            env=environ,
        )


def _build(home: Home, target: Path, environ: Mapping[str, str]) -> None:
    """Build the engine, and put its three Python helpers into the same folder."""
    go = shutil.which("go", path=environ.get("PATH", os.defpath))
    if go is None:
        raise Unavailable("there is no `go` on PATH")
    version = pinned_version(home.checkout)
    bin_directory = target / "bin"
    bin_directory.mkdir(parents=True)
    # A cancelled build leaves its temporary files. The next attempt deletes this folder.
    temporary = target / "tmp"
    temporary.mkdir()
    # A go.work in a parent folder of the checkout would replace the pinned modules.
    env = {**environ, "GOWORK": "off", "GOTMPDIR": str(temporary)}
    command = [go, "build", "-v", "-o", str(bin_directory / "pulumi")]
    command += ["-ldflags", f"-s -w -X {_VERSION_VARIABLE}=v{version}", _ENGINE_PACKAGE]
    counts = {"downloaded": 0, "compiled": 0}

    title = f"Building Pulumi {version} from Go modules (once; up to 7 minutes on two cores)"
    with step(title) as tell:

        def count(line: str) -> None:
            counts["downloaded" if line.startswith("go: downloading") else "compiled"] += 1
            done, packages = counts["downloaded"], counts["compiled"]
            tell(f"{done} modules downloaded, {packages} packages compiled")

        watch(command, limit=BUILD_LIMIT, cwd=home.go_module, env=env, on_line=count)
        locate = [go, "list", "-m", "-f", "{{.Dir}}", _SDK_MODULE]
        sdk = watch(locate, limit=60, cwd=home.go_module, env=env).splitlines()[-1]
    shutil.rmtree(temporary)
    for script in _SDK_SCRIPTS:
        _write_executable(bin_directory / Path(script).name, Path(sdk, script).read_text())
    _write_executable(bin_directory / "pulumi-language-python", home.launcher())


def _write_executable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def main() -> None:
    """Print the path of the engine, or say why there is none."""
    parser = argparse.ArgumentParser(prog="python -m tools.engine")
    parser.add_argument("--ensure", action="store_true", help="get the engine if it is not there")
    try:
        print(ensure() if parser.parse_args().ensure else find())
    except EngineError as error:
        say(str(error), style="red")
        sys.exit(1)


if __name__ == "__main__":
    exit_on_signals()
    main()
