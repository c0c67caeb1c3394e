"""Getting the engine: which one is taken, and what is never taken for one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path

import pytest

from tools.engine import CHECKOUT, EngineError, Home, Way, ensure, find, pinned_version

PINNED = "3.258.0"


@dataclass
class Machine:
    """A machine with a checkout, a PATH of its own, and no way to get.pulumi.com."""

    home: Home
    bin: Path
    environ: dict[str, str]

    def script(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def put_pulumi(self, version: str, *, language_host: bool = True) -> Path:
        self.script(self.bin / "pulumi", f"echo v{version}")
        if language_host:
            self.script(self.bin / "pulumi-language-python", "exit 0")
        return self.bin / "pulumi"

    def put_go(self, build: str = "", *, builds: str = PINNED) -> None:
        """Put a `go` on PATH that notes its calls and whose `build` writes a small engine."""
        self.script(
            self.bin / "go",
            f'echo "$1" >> "{self.calls}"\n'
            f'if [ "$1" = list ]; then echo "{self.sdk}"; exit 0; fi\n'
            f'while [ "$1" != -o ]; do shift; done\n{build}\n'
            f'printf "#!/bin/sh\\necho v{builds}\\n" > "$2"; chmod +x "$2"',
        )

    @property
    def calls(self) -> Path:
        return self.bin.with_name("go-calls")

    @property
    def sdk(self) -> Path:
        return self.bin.with_name("sdk")

    def builds(self) -> int:
        return self.calls.read_text().split().count("build") if self.calls.exists() else 0


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    checkout = tmp_path / "a checkout"
    (checkout / "tools" / "engine").mkdir(parents=True)
    (checkout / "requirements.txt").write_text(f"# why\npulumi=={PINNED}\npulumi-aws>=7,<8\n")
    for name in ("go.mod", "go.sum"):
        (checkout / "tools" / "engine" / name).write_text("one")
    # The probe of get.pulumi.com ends here, at a port nobody listens on.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    made = Machine(Home(checkout), tmp_path / "bin", {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"})
    for script in ("cmd/pulumi-language-python-exec", "dist/pulumi-resource-pulumi-python"):
        made.script(made.sdk / "python" / script, "exit 0")
    return made


def test_the_sdk_the_engine_s_sources_and_the_installed_sdk_are_one_version() -> None:
    pinned = pinned_version()
    modules = (CHECKOUT / "tools" / "engine" / "go.mod").read_text()
    assert installed_version("pulumi") == pinned
    for module in ("pkg", "sdk"):
        assert re.findall(rf"github.com/pulumi/pulumi/{module}/v3 (\S+)", modules) == [f"v{pinned}"]


def test_the_engine_reports_at_least_the_pinned_version(engine: Path) -> None:
    shown = subprocess.run([engine, "version"], capture_output=True, text=True, check=True).stdout
    has, wanted = (
        tuple(int(part) for part in text.strip().removeprefix("v").split("-")[0].split("."))
        for text in (shown, pinned_version())
    )
    assert has >= wanted


@pytest.mark.parametrize("version", [PINNED, "3.259.1", "3.1000.0"])
def test_a_pulumi_on_path_is_used_when_it_is_new_enough(machine: Machine, version: str) -> None:
    pulumi = machine.put_pulumi(version)
    machine.put_go()
    assert ensure(machine.home, machine.environ) == pulumi
    assert machine.builds() == 0


@pytest.mark.parametrize(
    ("version", "language_host", "reason"),
    [
        ("3.257.0", True, "is 3.257.0; this project needs 3.258.0 or a newer 3.x"),
        ("3.258.0-alpha.1", True, "is 3.258.0-alpha.1; this project needs"),
        ("4.0.0", True, "is 4.0.0; this project needs"),
        ("unknown", True, "does not report a version"),
        (PINNED, False, "has no pulumi-language-python beside it or on PATH"),
    ],
)
def test_a_pulumi_on_path_that_cannot_run_the_program_is_refused_with_the_reason(
    machine: Machine, version: str, language_host: bool, reason: str
) -> None:
    machine.put_pulumi(version, language_host=language_host)
    with pytest.raises(EngineError, match=re.escape(reason)):
        find(machine.home, machine.environ)


def test_the_engine_is_built_once(machine: Machine) -> None:
    machine.put_go()
    pulumi = ensure(machine.home, machine.environ)
    assert ensure(machine.home, machine.environ) == pulumi == machine.home.pulumi
    assert find(machine.home, machine.environ) == pulumi
    assert machine.builds() == 1
    assert sorted(path.name for path in pulumi.parent.iterdir()) == [
        "pulumi",
        "pulumi-language-python",
        "pulumi-language-python-exec",
        "pulumi-resource-pulumi-python",
    ]


def test_the_built_engine_is_not_mistaken_for_one_on_path(machine: Machine) -> None:
    machine.put_go()
    ensure(machine.home, machine.environ)
    (machine.home.go_module / "go.mod").write_text("two")
    inside = {"PATH": f"{machine.home.pulumi.parent}:{machine.environ['PATH']}"}
    ensure(machine.home, inside)
    assert machine.builds() == 2


@pytest.mark.parametrize("changed", ["go.mod", "go.sum"])
def test_the_engine_is_built_again_when_its_sources_change(machine: Machine, changed: str) -> None:
    machine.put_go()
    ensure(machine.home, machine.environ)
    (machine.home.go_module / changed).write_text("two")
    with pytest.raises(EngineError, match="is not here yet"):
        find(machine.home, machine.environ)
    ensure(machine.home, machine.environ)
    assert machine.builds() == 2


def test_an_interrupted_build_is_not_taken_for_a_finished_one(machine: Machine) -> None:
    machine.put_go(build='echo half > "$2"; chmod +x "$2"; echo "no space left"; exit 1')
    with pytest.raises(EngineError, match="no space left"):
        ensure(machine.home, machine.environ)
    assert not machine.home.directory.exists()

    machine.put_go()
    assert ensure(machine.home, machine.environ) == machine.home.pulumi


def test_the_temporary_files_of_a_cancelled_build_are_deleted_by_the_next(
    machine: Machine,
) -> None:
    machine.put_go(build='touch "$GOTMPDIR/half"; exit 1')
    with pytest.raises(EngineError):
        ensure(machine.home, machine.environ)
    cache = machine.home.directory.parent
    assert [path.relative_to(cache).parts[0] for path in cache.rglob("half")] == ["engine.partial"]

    machine.put_go()
    ensure(machine.home, machine.environ)
    assert not list(cache.rglob("half"))
    assert not (machine.home.directory / "tmp").exists()


@pytest.mark.parametrize("missing", ["made-from.json", "bin/pulumi-resource-pulumi-python"])
def test_an_engine_that_is_not_whole_is_made_again(machine: Machine, missing: str) -> None:
    machine.put_go()
    ensure(machine.home, machine.environ)
    (machine.home.directory / missing).unlink()
    ensure(machine.home, machine.environ)
    assert (machine.home.directory / missing).exists()
    assert machine.builds() == 2


def test_an_engine_of_another_version_than_the_pin_is_refused(machine: Machine) -> None:
    machine.put_go(builds="3.200.0")
    with pytest.raises(EngineError, match=r"reports version 3\.200\.0 instead of 3\.258\.0"):
        ensure(machine.home, machine.environ)
    assert not machine.home.directory.exists()


def test_two_that_need_the_engine_at_once_build_it_once(machine: Machine) -> None:
    machine.put_go(build="sleep 0.5")
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: ensure(machine.home, machine.environ), range(2)))
    assert found == [machine.home.pulumi] * 2
    assert machine.builds() == 1


def test_when_nothing_works_the_error_names_each_way_and_why(machine: Machine) -> None:
    machine.environ["PATH"] = str(machine.bin)
    with pytest.raises(EngineError) as caught:
        ensure(machine.home, machine.environ)
    text = str(caught.value)
    assert "on this machine: no pulumi on PATH; no current one in" in text
    assert "installer: https://get.pulumi.com/install.sh does not answer" in text
    assert "build: there is no `go` on PATH" in text
    assert "https://www.pulumi.com/docs/install/" in text


@pytest.mark.parametrize("way", list(Way))
def test_the_switch_allows_one_way_only(machine: Machine, way: Way) -> None:
    machine.put_pulumi("3.1.0")
    machine.put_go()
    environ = {**machine.environ, "MCG_ENGINE": way.value}
    if way is Way.BUILD:
        assert ensure(machine.home, environ) == machine.home.pulumi
        return
    with pytest.raises(EngineError):
        ensure(machine.home, environ)
    assert machine.builds() == 0


def test_a_switch_that_names_no_way_is_an_error_that_lists_them(machine: Machine) -> None:
    with pytest.raises(
        EngineError, match=r"MCG_ENGINE=docker is not one of path\|installer\|build"
    ):
        ensure(machine.home, {**machine.environ, "MCG_ENGINE": "docker"})


def test_the_stamp_says_what_the_engine_was_made_from(machine: Machine) -> None:
    machine.put_go()
    ensure(machine.home, machine.environ)
    stamp = json.loads(machine.home.stamp.read_text())
    assert stamp["way"] == "build"
    assert stamp["version"] == PINNED


def test_the_command_prints_the_path_and_nothing_else(engine: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.engine"],
        cwd=CHECKOUT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{engine}\n"
