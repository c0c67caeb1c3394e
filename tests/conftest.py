"""Fixtures of all tests: the real engine, and worlds to run it in."""

pytest_plugins = ["tests.engine_fixture"]
