"""Getting the engine's host for programs in YAML; the build itself is in tests/examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import yaml_host


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def checkout(folder: Path) -> Path:
    module = folder / "tools" / "yaml_host" / "go.mod"
    module.parent.mkdir(parents=True)
    module.write_text("module one\n")
    return folder


def test_the_host_of_a_release_on_path_comes_first(tmp_path: Path) -> None:
    host = executable(tmp_path / "bin" / yaml_host.NAME, "exit 1")

    assert yaml_host.ensure(checkout(tmp_path), {"PATH": str(host.parent)}) == host


def test_without_one_and_without_go_the_error_names_both(tmp_path: Path) -> None:
    with pytest.raises(yaml_host.NoYamlHost, match="neither pulumi-language-yaml nor go"):
        yaml_host.ensure(checkout(tmp_path), {"PATH": str(tmp_path)})


def test_it_is_built_once_and_again_when_its_sources_change(tmp_path: Path) -> None:
    # A compiler that notes each build, and writes to what follows -o.
    go = executable(tmp_path / "bin" / "go", f'echo one >> {tmp_path}/built; echo new > "$5"')
    environ = {"PATH": f"{go.parent}:/usr/bin:/bin"}
    folder = checkout(tmp_path)
    (folder / ".cache" / "yaml-host").mkdir(parents=True)

    built = yaml_host.ensure(folder, environ)
    assert yaml_host.ensure(folder, environ) == built
    assert (tmp_path / "built").read_text() == "one\n"

    (folder / "tools" / "yaml_host" / "go.mod").write_text("module two\n")
    assert yaml_host.ensure(folder, environ) == built
    assert (tmp_path / "built").read_text() == "one\none\n"


def test_a_failed_build_says_what_the_compiler_said(tmp_path: Path) -> None:
    go = executable(tmp_path / "bin" / "go", "echo no such module; exit 1")

    with pytest.raises(yaml_host.NoYamlHost, match="no such module"):
        yaml_host.ensure(checkout(tmp_path), {"PATH": f"{go.parent}:/usr/bin:/bin"})
