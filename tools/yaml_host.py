"""Finds or builds `pulumi-language-yaml`, with which the engine runs programs in YAML.

Releases of Pulumi contain it. The engine that is built from Go modules does not (see
`tools.engine`). Only `examples/yaml` needs it, so it is built separately, for the example and its
tests. Its release is the newest in the module proxy, and older than the engine. The two
communicate by a protocol (`pulumirpc.LanguageRuntime`) that is compatible across releases.

    python -m tools.yaml_host    build it if necessary, and print its path
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.engine import BUILD_LIMIT, CHECKOUT
from tools.processes import Busy, ProcessFailed, exit_on_signals, only_one, watch
from tools.progress import say, step

NAME = "pulumi-language-yaml"

_PACKAGE = "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"


class NoYamlHost(Exception):
    """The host is not installed and cannot be built. The text is the reason."""


def ensure(checkout: Path = CHECKOUT, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the host: on PATH, or else in `.cache`, where it is built if necessary.

    The build takes about 3 minutes on two cores.

    Raises:
        NoYamlHost: if it is not on PATH, and Go or the module proxy is missing for the build.

    """
    search = environ.get("PATH", os.defpath)
    if found := shutil.which(NAME, path=search):
        return Path(found)
    go = shutil.which("go", path=search)
    if go is None:
        raise NoYamlHost(f"neither {NAME} nor go is on PATH")
    module = checkout / "tools" / "yaml_host"
    built = checkout / ".cache" / "yaml-host" / NAME
    stamp = built.with_name("made-from.txt")
    sources = (module / "go.mod").read_text()
    try:
        with only_one(built.parent.with_suffix(".lock"), limit=BUILD_LIMIT):
            if built.exists() and stamp.exists() and stamp.read_text() == sources:
                return built
            with step(f"Building {NAME} from Go modules (once; about 3 minutes on two cores)"):
                # A go.work in a parent folder would replace the pinned modules.
                env = {**environ, "GOWORK": "off"}
                command = [go, "build", "-ldflags", "-s -w", "-o", str(built), _PACKAGE]
                watch(command, limit=BUILD_LIMIT, cwd=module, env=env)
            stamp.write_text(sources)
    except (Busy, ProcessFailed) as error:
        raise NoYamlHost(f"{NAME} cannot be built: {error}") from error
    return built


def main() -> None:
    """Print the path of the host, or say why there is none."""
    try:
        print(ensure())
    except NoYamlHost as error:
        say(str(error), style="red")
        sys.exit(1)


if __name__ == "__main__":
    exit_on_signals()
    main()
