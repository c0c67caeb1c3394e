"""Becomes the program, tied to the life of the language host that starts it.

Run as `python -I -S guard.py <host pid> <command...>`, it sets two things that outlive `exec` and
then execs the command in its own place:

- On Linux the kernel ends the program when the host is gone, however the host went. A program that
  waits for a gateway would otherwise keep polling for up to 40 minutes, with nobody listening.
- SIGINT is ignored. When it closes a plugin, the engine interrupts the plugin's whole process
  group; a Python program caught by that prints a traceback of wherever it happened to be. The host
  gets the same signal and ends the program itself, quietly.

Standard library only, and no import of this project: it runs before everything else, every time.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Arrange the two signals, then exec."""
    host = int(sys.argv[1])
    command = sys.argv[2:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != host:  # the host went before the request took effect
        sys.exit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
