"""Runs a command, and kills it with all of its child processes when its starter ends.

    python -I -S supervisor.py <command...>

Its standard input is a pipe that the starter holds open. The kernel closes the pipe when the
starter ends for any reason, on every system. Then the supervisor kills its own process group. So
its starter must give it a process group of its own, for example by a new session.

Standard library only, and no import of this project: it also runs before anything is installed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def _kill_group_at_end_of_input() -> None:
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Run the command and exit with its exit code; 128 and the signal's number if one ended it."""
    # The group gets these signals: the command decides when to end, and the supervisor waits.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    command = sys.argv[1:]
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error}")
    threading.Thread(target=_kill_group_at_end_of_input, daemon=True).start()
    code = child.wait()
    sys.exit(128 - code if code < 0 else code)


if __name__ == "__main__":
    main()
