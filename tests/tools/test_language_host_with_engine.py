"""The language host under the real engine: what a user of `pulumi` sees."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.engine_fixture import PYTHON_RUNTIME, Project

MakeProject = Callable[..., Project]

NOTES = '''
import os
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider


class NoteProvider(ResourceProvider):
    """Keeps a note in a file; the id is its path."""

    def create(self, props):
        with open(props["path"], "w") as note:
            note.write(props["text"])
        return CreateResult(props["path"], {"path": props["path"], "text": props["text"]})

    def read(self, id_, props):
        if not os.path.exists(id_):
            return ReadResult(None, {})
        with open(id_) as note:
            return ReadResult(id_, {"path": id_, "text": note.read()})

    def diff(self, id_, olds, news):
        return DiffResult(changes=olds["text"] != news["text"], replaces=["text"])

    def delete(self, id_, props):
        os.remove(id_)


class Note(Resource, module="probe", name="Note"):
    path: pulumi.Output[str]
    text: pulumi.Output[str]

    def __init__(self, name, path, text, opts=None):
        super().__init__(NoteProvider(), name, {"path": path, "text": text}, opts)
'''

WAIT_FOR_EVER = """
import asyncio
import os
import sys
import pulumi

async def wait(value):
    pulumi.log.info(f"waiting as pid {os.getpid()}")
    sys.stdout.flush()
    while not os.path.exists("go"):
        await asyncio.sleep(0.1)
    return "done"

pulumi.export("waited", {after}.apply(wait))
"""


def waiting(after: str = "pulumi.Output.from_input(0)") -> str:
    """Return a program that waits until there is a file `go`."""
    return WAIT_FOR_EVER.replace("{after}", after)


def write_note(path: Path) -> str:
    return (
        "import pulumi, notes\n"
        f"note = notes.Note('n', {str(path)!r}, 'hello')\n"
        "pulumi.export('text', note.text)\n"
    )


def gone(pid: int, *, limit: float) -> bool:
    """Whether a process ends within `limit` seconds."""
    deadline = time.monotonic() + limit
    while psutil.pid_exists(pid):
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def pid_in(lines: list[str]) -> int:
    text = "".join(lines)
    return int(text.split("waiting as pid ")[1].split()[0])


def test_a_dynamic_provider_in_a_module_is_created_read_and_deleted(
    make_project: MakeProject, tmp_path: Path
) -> None:
    note = tmp_path / "note.txt"
    project = make_project(write_note(note), notes=NOTES)

    project.ok("up", "--yes", "--skip-preview")
    assert note.read_text() == "hello"
    assert project.outputs() == {"text": "hello"}

    assert "2 unchanged" in project.ok("refresh", "--yes", "--skip-preview")
    note.write_text("changed behind our back")
    assert "~ 1 updated" in project.ok("refresh", "--yes", "--skip-preview")

    project.ok("destroy", "--yes", "--skip-preview")
    assert not note.exists()
    assert project.resources() == []


def test_state_holds_a_reference_to_a_provider_class_and_no_code(
    make_project: MakeProject, tmp_path: Path
) -> None:
    project = make_project(write_note(tmp_path / "note.txt"), notes=NOTES)
    project.ok("up", "--yes", "--skip-preview")

    (note,) = (r for r in project.resources() if r["type"].endswith("probe:Note"))
    # export --show-secrets gives the JSON of a secret value as `plaintext`
    reference = json.loads(note["inputs"]["__provider"]["plaintext"])
    assert len(reference) < 100


def test_about_names_the_program_s_python(make_project: MakeProject) -> None:
    project = make_project("import pulumi\n")
    about = project.ok("about")
    assert f"executable='{sys.prefix}/bin/python'" in about
    assert "uvicorn" in about  # a dependency, listed by the program's own pip


def test_a_stack_reads_another_stack_s_outputs(make_project: MakeProject) -> None:
    producer = make_project(
        "import pulumi\npulumi.export('cidr', '10.0.0.0/16')\n", name="producer"
    )
    producer.ok("up", "--yes", "--skip-preview")
    consumer = make_project(
        "import pulumi\n"
        "reference = pulumi.StackReference('organization/producer/dev')\n"
        "pulumi.export('seen', reference.require_output('cidr'))\n",
        name="consumer",
    )
    consumer.ok("up", "--yes", "--skip-preview")
    assert consumer.outputs() == {"seen": "10.0.0.0/16"}


def test_configuration_reaches_the_program_and_secrets_stay_secret(
    make_project: MakeProject,
) -> None:
    project = make_project(
        "import pulumi\n"
        "config = pulumi.Config()\n"
        "pulumi.export('region', config.require('region'))\n"
        "pulumi.export('token', config.require_secret('token'))\n"
        "pulumi.export('is_secret', pulumi.Output.from_input(\n"
        "    config.require_secret('token')).is_secret())\n"
    )
    project.ok("config", "set", "region", "eu-west-1")
    project.ok("config", "set", "--secret", "token", "canary-7f3a")
    shown = project.ok("up", "--yes", "--skip-preview")

    assert "canary-7f3a" not in shown
    assert project.outputs()["token"] == "[secret]"
    assert project.outputs(show_secrets=True) == {
        "region": "eu-west-1",
        "token": "canary-7f3a",
        "is_secret": True,
    }
    checkpoints = (project.folder.parent / "state").rglob("*.json")
    assert not any("canary-7f3a" in file.read_text() for file in checkpoints)


def test_an_exception_in_the_program_is_one_error_that_names_its_line(
    make_project: MakeProject,
) -> None:
    project = make_project(
        "import pulumi\n\n\ndef build():\n    raise ValueError('no such region')\n\n\nbuild()\n"
    )
    done = project.run("up", "--yes", "--skip-preview")

    assert done.code != 0
    assert done.output.count("ValueError: no such region") == 1
    assert '__main__.py", line 5, in build' in done.output
    assert "exited with" not in done.output  # the engine adds nothing to what the program said


def test_an_error_meant_for_the_user_is_shown_without_a_traceback(
    make_project: MakeProject,
) -> None:
    project = make_project("import pulumi\nraise pulumi.RunError('pick another CIDR')\n")
    done = project.run("preview")

    assert done.code != 0
    assert "pick another CIDR" in done.output
    assert "Traceback" not in done.output


def test_a_program_that_dies_of_a_signal_is_an_error_that_says_so(
    make_project: MakeProject,
) -> None:
    project = make_project("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    done = project.run("up", "--yes", "--skip-preview")

    assert done.code != 0
    assert "the Python program was ended by signal 9" in done.output


def test_a_missing_virtual_environment_is_an_error_that_says_what_to_run(
    make_project: MakeProject,
) -> None:
    project = make_project("import pulumi\n")
    runtime = {"name": "python", "options": {"virtualenv": "nowhere"}}
    project.write("Pulumi.yaml", json.dumps({"name": "probe", "runtime": runtime}))
    done = project.run("up", "--yes", "--skip-preview")

    assert done.code != 0
    assert f"{project.folder}/nowhere, which does not exist" in done.output
    assert "pulumi install" in done.output


def test_what_the_program_prints_is_shown_and_nothing_of_the_host_s(
    make_project: MakeProject,
) -> None:
    project = make_project("import sys\nprint('to stdout')\nprint('to stderr', file=sys.stderr)\n")
    shown = project.ok("up", "--yes", "--skip-preview")
    assert "to stdout" in shown
    assert "to stderr" in shown
    assert "warning" not in shown  # the engine warns of a host that does not lie beside it


def test_install_makes_the_virtual_environment_the_project_names(
    make_project: MakeProject,
) -> None:
    project = make_project("import pulumi\n")
    runtime = {"name": "python", "options": {"virtualenv": "own"}}
    project.write("Pulumi.yaml", json.dumps({"name": "probe", "runtime": runtime}))
    project.write("requirements.txt", "# nothing, so that no download is needed\n")
    project.ok("install")
    assert (project.folder / "own" / "bin" / "python").exists()


POLICY_PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy


def no_shouting(args, report):
    if args.resource_type.endswith("probe:Note") and args.props["text"].isupper():
        report(f"{args.name} shouts")


PolicyPack(
    name="manners",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[ResourceValidationPolicy("no-shouting", "Notes are calm.", no_shouting)],
)
"""


@pytest.fixture
def policy_pack(tmp_path: Path) -> Path:
    pack = tmp_path / "manners"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text(json.dumps({"runtime": PYTHON_RUNTIME}))
    (pack / "__main__.py").write_text(POLICY_PACK)
    return pack


def test_a_policy_pack_stops_what_it_forbids_before_anything_is_made(
    make_project: MakeProject, policy_pack: Path, tmp_path: Path
) -> None:
    note = tmp_path / "note.txt"
    project = make_project(write_note(note).replace("hello", "HELLO"), notes=NOTES)
    done = project.run("up", "--yes", "--policy-pack", str(policy_pack))

    assert done.code != 0
    assert "n shouts" in done.output
    assert not note.exists()


def test_a_policy_pack_lets_through_what_it_allows(
    make_project: MakeProject, policy_pack: Path, tmp_path: Path
) -> None:
    note = tmp_path / "note.txt"
    project = make_project(write_note(note), notes=NOTES)
    shown = project.ok("up", "--yes", "--skip-preview", "--policy-pack", str(policy_pack))

    assert "manners" in shown
    assert note.exists()


def test_ctrl_c_during_a_long_wait_ends_cleanly_and_the_next_up_goes_on(
    make_project: MakeProject, tmp_path: Path
) -> None:
    note = tmp_path / "note.txt"
    project = make_project(write_note(note) + waiting(after="note.id"), notes=NOTES)
    up = project.start("up", "--yes", "--skip-preview")
    up.wait_for("waiting as pid")
    program = pid_in(up.lines)
    started = time.monotonic()
    up.interrupt()
    done = up.finish(limit=30)

    assert done.code != 0
    assert time.monotonic() - started < 10
    assert "update canceled" in done.output
    assert "Traceback" not in done.output
    assert "KeyboardInterrupt" not in done.output
    assert not psutil.pid_exists(program)
    assert not list((tmp_path / "state").glob(".pulumi/locks/**/*.json"))
    assert note.exists()

    project.write("go", "")
    again = project.ok("up", "--yes", "--skip-preview")
    assert "pending" not in again
    assert project.outputs() == {"text": "hello", "waited": "done"}


def test_ctrl_c_during_a_preview_ends_cleanly(make_project: MakeProject) -> None:
    project = make_project(waiting())
    preview = project.start("preview")
    preview.wait_for("waiting as pid")
    preview.interrupt()
    done = preview.finish(limit=30)

    assert done.code != 0
    assert "Traceback" not in done.output


def test_ctrl_c_ends_a_program_that_does_not_listen(make_project: MakeProject) -> None:
    project = make_project(
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('waiting as pid', os.getpid(), flush=True)\n"
        "time.sleep(600)\n"
    )
    up = project.start("up", "--yes", "--skip-preview")
    up.wait_for("waiting as pid")
    program = pid_in(up.lines)
    up.interrupt()
    up.finish(limit=30)
    assert gone(program, limit=5)


def test_the_program_dies_when_its_language_host_is_killed(make_project: MakeProject) -> None:
    project = make_project(waiting())
    up = project.start("up", "--yes", "--skip-preview")
    up.wait_for("waiting as pid")
    program = pid_in(up.lines)
    host = psutil.Process(program).parent()
    assert host is not None
    host.kill()

    assert gone(program, limit=8)
    assert up.finish(limit=30).code != 0


def test_the_program_and_its_host_die_when_the_engine_is_killed(
    make_project: MakeProject,
) -> None:
    project = make_project(waiting())
    up = project.start("up", "--yes", "--skip-preview")
    up.wait_for("waiting as pid")
    program = pid_in(up.lines)
    host = psutil.Process(program).parent()
    assert host is not None
    os.kill(up.process.pid, signal.SIGKILL)

    assert gone(program, limit=8)
    assert gone(host.pid, limit=8)


def test_two_stacks_can_be_changed_at_once(make_project: MakeProject) -> None:
    projects = [
        make_project("import pulumi\npulumi.export('n', 1)\n", name=name) for name in ("a", "b")
    ]
    ups = [project.start("up", "--yes", "--skip-preview") for project in projects]
    assert [up.finish().code for up in ups] == [0, 0]
