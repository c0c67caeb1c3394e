"""Listening sockets on the loopback interface, which are all that the sandbox opens."""

from __future__ import annotations

import socket
from typing import Final

HOST: Final = "127.0.0.1"


def bound(port: int) -> socket.socket:
    """A socket that is bound to a port; 0 is any free one. Raises OSError if it is in use."""
    # asyncio turns off Nagle's algorithm (40 ms a request) only when the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener
