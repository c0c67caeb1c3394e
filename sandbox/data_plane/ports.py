"""Ports of gateways and Redis servers on loopback, remembered over a restart of the sandbox."""

from __future__ import annotations

import socket
from pathlib import Path

from sandbox.endpoint import read, write
from sandbox.sockets import bound


class Ports:
    """The port of each named server, in a JSON file."""

    def __init__(self, file: Path) -> None:
        """Read the file, if it exists."""
        self._file = file
        self._known: dict[str, int] = read(file)

    def bound(self, name: str) -> socket.socket:
        """A socket on the port that the server had before, or on a free one when that is taken."""
        remembered = self._known.get(name, 0)
        try:
            listener = bound(remembered)
        except OSError:
            listener = bound(0)
        port = listener.getsockname()[1]
        if port != remembered:
            self._known[name] = port
            write(self._file, self._known)
        return listener
