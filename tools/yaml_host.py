"""Gets `pulumi-language-yaml`, with which the engine runs programs in YAML.

A release of Pulumi has it beside the engine. The engine that is built from Go modules has not
(see `tools.engine`), and only `examples/yaml` needs it: so it is built apart from that, for the
example and its tests. It is of an older release than the engine, the newest that the module proxy
has; the two speak by a protocol (`pulumirpc.LanguageRuntime`) that outlives releases.

    python -m tools.yaml_host    build it if it is not there, and print its path
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.engine import BUILD_LIMIT, CHECKOUT
from tools.processes import Busy, ProcessFailed, only_one, watch
from tools.progress import say, step

NAME = "pulumi-language-yaml"

_PACKAGE = "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"


class NoYamlHost(Exception):
    """There is none and none can be built. The text says why."""


def ensure(checkout: Path = CHECKOUT, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the host: the one on PATH, or else one in `.cache`, built if need be.

    The build takes about 3 minutes on two cores from nothing.

    Raises:
        NoYamlHost: when there is none on PATH, and no Go or no module proxy to build it.

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
                # A go.work in a folder above would put its modules in place of the pinned ones.
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
    main()
