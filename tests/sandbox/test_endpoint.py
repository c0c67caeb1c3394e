"""Whether a sandbox serves a state directory, as told by its files."""

from __future__ import annotations

import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.endpoint import ENDPOINT, AlreadyRunning, endpoint_of, lock, publish

RUNNING = {"pid": os.getpid(), "konnect_url": "http://127.0.0.1:9"}


def test_a_sandbox_is_found_until_it_releases_its_endpoint(tmp_path: Path) -> None:
    assert endpoint_of(tmp_path) is None
    with publish(tmp_path, RUNNING):
        assert endpoint_of(tmp_path) == RUNNING
        assert endpoint_of(tmp_path) == RUNNING
    assert endpoint_of(tmp_path) is None


def test_the_endpoint_of_a_crashed_sandbox_is_not_taken_for_that_of_the_next_one(
    tmp_path: Path,
) -> None:
    (tmp_path / ENDPOINT).write_text(json.dumps(RUNNING))
    with lock(tmp_path):  # the next one is starting
        assert endpoint_of(tmp_path) is None


def test_a_new_endpoint_replaces_that_of_a_crashed_sandbox(tmp_path: Path) -> None:
    (tmp_path / ENDPOINT).write_text(json.dumps({"pid": 1}))
    with publish(tmp_path, RUNNING):
        assert endpoint_of(tmp_path) == RUNNING
        assert (tmp_path / ENDPOINT).stat().st_mode & 0o777 == 0o600


def test_a_copy_of_a_state_directory_has_no_sandbox(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    with publish(tmp_path, RUNNING):
        (copy / ENDPOINT).write_text((tmp_path / ENDPOINT).read_text())
        assert endpoint_of(copy) is None


def test_a_directory_is_locked_by_one_sandbox(tmp_path: Path) -> None:
    with lock(tmp_path), pytest.raises(AlreadyRunning, match="a sandbox is running in"):
        lock(tmp_path)
    lock(tmp_path).close()


def test_a_sandbox_that_is_ending_is_waited_for(tmp_path: Path) -> None:
    ending = lock(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        locked = pool.submit(lock, tmp_path, patience=30)
        time.sleep(0.2)
        assert not locked.done()
        ending.close()
        locked.result(10).close()


def test_a_sandbox_that_runs_is_not_waited_for(tmp_path: Path) -> None:
    with lock(tmp_path), publish(tmp_path, RUNNING), pytest.raises(AlreadyRunning):
        lock(tmp_path, patience=3600)


def test_looking_for_a_sandbox_keeps_none_from_starting(tmp_path: Path) -> None:
    (tmp_path / ENDPOINT).write_text(json.dumps(RUNNING))
    started = threading.Event()

    def look() -> None:
        while not started.is_set():
            endpoint_of(tmp_path)

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(2000):
            lock(tmp_path).close()
    finally:
        started.set()
        for looker in lookers:
            looker.join()
