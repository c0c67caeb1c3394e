"""Stands in for the sandbox in the tests of the commands: its command line and nothing behind it.

A test copies this file to `sandbox/__main__.py` of a temporary checkout.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Answer(BaseHTTPRequestHandler):
    """Answers everything with 200."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


def flag(name: str, default: str) -> str:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


def main() -> None:
    command, directory = sys.argv[1], Path(flag("--state-dir", ""))
    written = directory / "endpoint.json"
    if command == "serve":
        if (directory / "broken").exists():
            sys.exit("the state is of a newer version")
        if (directory / "slow").exists():
            (directory / "slow-started").touch()
            time.sleep(600)
        with (directory / "starts").open("a") as starts:
            starts.write("one\n")
        server = HTTPServer(("127.0.0.1", 0), Answer)
        endpoint = {
            "pid": os.getpid(),
            "konnect_url": f"http://127.0.0.1:{server.server_port}",
            "debug_providers": {},
            "speed": float(flag("--speed", "60")),
            "idle": float(flag("--idle", "0")) or None,
        }
        fresh = directory / "endpoint.json.fresh"
        with fresh.open("w") as locked:
            fcntl.flock(locked, fcntl.LOCK_EX)
            locked.write(json.dumps(endpoint))
            locked.flush()
            fresh.replace(written)
            server.serve_forever()
    elif command == "env":
        print(f"export KONNECT_SERVER_URL={json.loads(written.read_text())['konnect_url']}")
        print("export KONNECT_TOKEN='made up'")
    elif command == "stop":
        with written.open() as locked:
            os.kill(json.load(locked)["pid"], signal.SIGTERM)
            fcntl.flock(locked, fcntl.LOCK_SH)
        written.unlink()


main()
