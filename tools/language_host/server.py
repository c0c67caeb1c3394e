"""Serves one engine on localhost, and goes when it goes."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from types import FrameType

import grpc
from pulumi.runtime.proto import language_pb2_grpc

from tools.language_host.children import Children
from tools.language_host.servicer import LanguageHost

PARENT_CHECK = 0.5
"""Seconds between two looks at whether the engine, our parent process, is still there."""

_MESSAGE_LIMIT = 400 * 1024 * 1024  # bytes; what the engine and the SDK set on their side


def serve(arguments: list[str] | None = None) -> None:
    """Serve until the engine interrupts this process or is gone.

    The first line on standard output is the port; the engine waits for it.
    """
    parser = argparse.ArgumentParser(prog="pulumi-language-python")
    parser.add_argument("--executor", required=True, help="path of pulumi-language-python-exec")
    parser.add_argument("engine", nargs="?", default="", help="address of the engine")
    # The engine may add logging and tracing flags of its own; none changes what is done here.
    parsed, _ = parser.parse_known_args(arguments)

    parent = os.getppid()
    stopping = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)

    children = Children()
    # Every running program and policy pack holds one thread for as long as it lives.
    server = grpc.server(
        ThreadPoolExecutor(max_workers=64),
        options=[
            ("grpc.max_receive_message_length", _MESSAGE_LIMIT),
            ("grpc.max_send_message_length", _MESSAGE_LIMIT),
        ],
    )
    host = LanguageHost(
        engine=parsed.engine,
        executor=parsed.executor,
        version=version("pulumi"),
        children=children,
    )
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()

    while not stopping.wait(PARENT_CHECK) and os.getppid() == parent:
        pass
    children.stop()
    server.stop(grace=1).wait()
