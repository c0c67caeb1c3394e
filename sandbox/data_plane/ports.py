"""Ports of gateways and Redis servers on loopback, remembered over a restart of the sandbox."""

from __future__ import annotations

import socket
from pathlib import Path

from sandbox.endpoint import read, write

HOST = "127.0.0.1"


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
            listener = _bound(remembered)
        except OSError:
            listener = _bound(0)
        port = listener.getsockname()[1]
        if port != remembered:
            self._known[name] = port
            write(self._file, self._known)
        return listener


def _bound(port: int) -> socket.socket:
    # asyncio turns off Nagle's algorithm (40 ms a request) only when the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener
