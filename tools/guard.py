"""Becomes a command that ends when the process that started it ends.

    python -I -S guard.py <pid of the starter> <signal at its end> <ignored signal> <command...>

It sets two things that outlive `exec`, and then becomes the command:

- On Linux the kernel sends the command a signal when its starter ends for any reason, SIGKILL too.
  Elsewhere the command goes on.
- One signal is ignored, because the starter acts on it for both.

Standard library only, and no import of this project: it also runs before anything is installed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent(number: int) -> None:
    """On Linux, send this process a signal when its parent ends. Elsewhere do nothing.

    The kernel sends it when the thread ends that started this process, so a starter must not start
    it in a thread that ends before.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)


def main() -> None:
    """Set the two signals and become the command."""
    starter, at_its_end, ignored, *command = sys.argv[1:]
    signal.signal(signal.Signals[ignored], signal.SIG_IGN)
    end_with_parent(signal.Signals[at_its_end])
    if os.getppid() != int(starter):  # it ended before the kernel was told
        sys.exit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
