"""Creates or updates the virtual environment `.cache/venv`, in which everything else runs.

The Makefile runs it with the system's Python before anything is installed, so it uses the standard
library only, and of this project only modules that do the same.

    python3 -I tools/bootstrap.py

If `.cache/venv` already matches the requirements, it ends in a few milliseconds. Only one process
at a time makes the environment; others wait.

The requirements are lock files (`make lock`): exact versions with the hashes of their wheels. pip
refuses any file with another hash, so all machines run the same code.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
if not __package__:
    sys.path.insert(0, str(CHECKOUT))

from tools.processes import ProcessFailed, exit_on_signals, watch  # noqa: E402

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
PACKAGE = "pyproject.toml"
OLDEST = (3, 11)

LIMIT = 1800.0
"""Limit of all downloads, in seconds: about 100 MB of wheels, mostly the three clouds' SDKs."""

PLAIN_INTERVAL = 20.0
"""Seconds between two lines of progress if the output is not a terminal."""


class BootstrapError(Exception):
    """The environment cannot be created. The text is for the user."""


def main() -> None:
    """Create the environment, or print one message with the reason why it cannot be created."""
    try:
        bootstrap(CHECKOUT)
    except BootstrapError as error:
        sys.exit(str(error))


def bootstrap(checkout: Path) -> None:
    """Bring `checkout/.cache/venv` up to date with the checkout's requirements.

    Raises:
        BootstrapError: if this Python is too old, or a step fails or takes too long.

    """
    if sys.version_info < OLDEST:
        raise BootstrapError(
            f"this is Python {sys.version.split()[0]} ({sys.executable}); the project needs "
            "3.11 or newer: make PYTHON=/path/to/python3.11"
        )
    venv = checkout / ".cache" / "venv"
    stamp = venv / "made-from.txt"
    wanted = made_from(checkout)
    if _read(stamp) == wanted:
        return
    if venv.is_symlink():
        raise BootstrapError(
            f"{venv} is a link to {venv.resolve()}, and to make the environment would empty that "
            "folder; delete the link"
        )
    venv.parent.mkdir(parents=True, exist_ok=True)
    with (venv.parent / "venv.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Waiting for another process to finish .cache/venv ...")
            fcntl.flock(lock, fcntl.LOCK_EX)  # the holder's steps have limits, so this ends
        if _read(stamp) == wanted:
            return
        # The scripts of an environment contain its path. So if the checkout was moved or copied,
        # the environment is created again.
        came_along = (_read(stamp) or str(venv)).splitlines()[0] != str(venv)
        stamp.unlink(missing_ok=True)
        python = venv / "bin" / "python"
        if came_along or not _works(python):
            _run([sys.executable, "-m", "venv", "--clear", str(venv)], "Making .cache/venv")
        # To compile all modules of three cloud SDKs takes longer than to download them, and a
        # program imports a few percent of them. Python compiles those when they are imported.
        install = [str(python), "-m", "pip", "install", "--no-compile", "--progress-bar", "off"]
        install += ["--disable-pip-version-check"]
        # Wheels only: a source distribution would download the packages that build it, and no
        # lock file has hashes of those.
        locked = [*install, "--require-hashes", "--only-binary", ":all:"]
        for name in REQUIREMENTS:
            locked += ["-r", str(checkout / name)]
        _run(locked, "Installing Python packages in .cache/venv")
        if (checkout / PACKAGE).exists():
            # Editable: the policy pack, the component package and the examples import the project.
            # It is built with the locked setuptools; everything that it needs is installed.
            project = [*install, "--no-deps", "--no-build-isolation", "-e", str(checkout)]
            _run(project, "Installing the project in .cache/venv")
        stamp.write_text(wanted)


def made_from(checkout: Path) -> str:
    """Return the text of the stamp: the environment's path, and a digest of its inputs."""
    digest = hashlib.sha256(sys.version.encode())
    for name in (*REQUIREMENTS, PACKAGE):
        with suppress(FileNotFoundError):
            digest.update((checkout / name).read_bytes())
    return f"{checkout / '.cache' / 'venv'}\n{digest.hexdigest()}\n"


def _read(path: Path) -> str | None:
    try:
        return path.read_text()
    except OSError:
        return None


def _works(python: Path) -> bool:
    """Whether this is a Python with pip. After an interrupted `venv` it is not."""
    try:
        command = [str(python), "-m", "pip", "--version"]
        return subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def _run(command: list[str], title: str) -> None:
    """Run one step, and show its progress and duration on one line."""
    live = sys.stderr.isatty()
    started = time.monotonic()
    action = ""
    ended = threading.Event()

    def note(line: str) -> None:
        nonlocal action
        action = line.strip().split(" (")[0]  # pip's current action, without its reasons

    def show() -> None:
        while not ended.wait(0.2 if live else PLAIN_INTERVAL):
            line = f"  {title}: {time.monotonic() - started:.0f} s  {action}"
            _say(f"\r\x1b[2K{line[:100]}" if live else line, end="" if live else "\n")

    if not live:
        _say(f"{title} ...")
    ticker = threading.Thread(target=show, daemon=True)
    ticker.start()
    try:
        watch(command, limit=LIMIT, on_line=note)
    except ProcessFailed as error:
        raise BootstrapError(f"{title} failed: {error}") from None
    finally:
        ended.set()
        ticker.join()
        if live:
            _say("\r\x1b[2K", end="")
    _say(f"{title}: done in {time.monotonic() - started:.0f} s")


def _say(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    exit_on_signals()
    main()
