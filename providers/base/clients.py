"""The clients of a service: one per connection and process, so calls share limits and caches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from providers.base.http import HttpClient

K = TypeVar("K", bound=Hashable)
C = TypeVar("C", bound=HttpClient)


class Clients(Generic[K, C]):
    """The clients of a process by their connection. Thread-safe."""

    def __init__(self, make: Callable[[K], C]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self.known: dict[K, C] = {}
        """The clients so far."""

    def of(self, connection: K) -> C:
        """The client for a connection."""
        with self._lock:
            if connection not in self.known:
                self.known[connection] = self._make(connection)
            return self.known[connection]

    def use(self, connection: K, client: C) -> None:
        """Use a client for a connection from now on."""
        with self._lock:
            self.known[connection] = client
