"""Makes the virtual environment that everything else runs in, or brings it up to date.

Run by the Makefile with the system's Python, before anything is installed: standard library only.

    python3 -I tools/bootstrap.py

It does nothing, in a few milliseconds, when `.cache/venv` was made from the requirements as they
are now. Two that run at once take turns.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
OLDEST = (3, 11)

LIMIT = 1800.0
"""Seconds for all downloads: about 100 MB of wheels, most of them the three clouds' SDKs."""

PLAIN_INTERVAL = 20.0
"""Seconds between two lines when nobody watches a terminal."""


class BootstrapError(Exception):
    """The environment cannot be made. The text is for the user."""


def main() -> None:
    """Make the environment, or say in one message why it cannot be made."""
    try:
        bootstrap(CHECKOUT)
    except BootstrapError as error:
        sys.exit(str(error))


def bootstrap(checkout: Path) -> None:
    """Bring `checkout/.cache/venv` up to date with the checkout's requirements.

    Raises:
        BootstrapError: when this Python is too old, or a step fails or takes too long.

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
    venv.parent.mkdir(parents=True, exist_ok=True)
    with (venv.parent / "venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _read(stamp) == wanted:
            return
        stamp.unlink(missing_ok=True)
        python = venv / "bin" / "python"
        if not _works(python):
            _run([sys.executable, "-m", "venv", "--clear", str(venv)], "Making .cache/venv")
        # Compiling every module of three cloud SDKs takes longer than downloading them, and a
        # program imports a few percent of them. Python compiles those when it meets them.
        command = [str(python), "-m", "pip", "install", "--no-compile", "--progress-bar", "off"]
        command += ["--disable-pip-version-check"]
        for name in REQUIREMENTS:
            command += ["-r", str(checkout / name)]
        _run(command, "Installing Python packages in .cache/venv")
        stamp.write_text(wanted)


def made_from(checkout: Path) -> str:
    """Return what an environment of this checkout is made from: this Python, the requirements."""
    digest = hashlib.sha256(sys.version.encode())
    for name in REQUIREMENTS:
        digest.update((checkout / name).read_bytes())
    return digest.hexdigest() + "\n"


def _read(path: Path) -> str | None:
    try:
        return path.read_text()
    except OSError:
        return None


def _works(python: Path) -> bool:
    """Whether this is a Python with pip; an interrupted `venv`, or one moved here, is not."""
    try:
        command = [str(python), "-m", "pip", "--version"]
        return subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def _run(command: list[str], title: str) -> None:
    """Run one step, with a line that shows how far it is and for how long it has run."""
    live = sys.stderr.isatty()
    started = shown = time.monotonic()
    tail: deque[str] = deque(maxlen=20)
    if not live:
        print(f"{title} ...", file=sys.stderr, flush=True)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as child:
        assert child.stdout is not None
        os.set_blocking(child.stdout.fileno(), True)
        for line in child.stdout:
            tail.append(line.rstrip())
            now = time.monotonic()
            if now - started > LIMIT:
                child.kill()
                raise BootstrapError(f"{title}: not done after {LIMIT:.0f} s, given up")
            what = f"{title}: {now - started:.0f} s, {_short(line)}"
            if live:
                print(f"\r\x1b[2K{what[:100]}", end="", file=sys.stderr, flush=True)
            elif now - shown > PLAIN_INTERVAL:
                shown = now
                print(f"  {what}", file=sys.stderr, flush=True)
    if live:
        print("\r\x1b[2K", end="", file=sys.stderr, flush=True)
    if child.returncode != 0:
        shown_command = " ".join(command)
        raise BootstrapError("\n".join([f"{title} failed: {shown_command}", *tail]))
    print(f"{title}: done in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def _short(line: str) -> str:
    """Return what pip is at, without the reasons it gives in brackets."""
    return line.strip().split(" (")[0][:70]


if __name__ == "__main__":
    main()
