"""The table of gateways that `make gateway` prints."""

from __future__ import annotations

from typing import Any

from tools.gateway import rows, table

SERVERS = [
    {"key": "own/1", "host": "127.0.0.1", "port": 7001, "running": True},
    {"key": "own/2", "host": "127.0.0.1", "port": 7002, "running": False},
]


def gateway(number: int, region: str, *redis: str, plane: str = "own") -> dict[str, Any]:
    return {
        "name": f"node-{number}",
        "url": f"http://127.0.0.1:{8000 + number}",
        "control_plane_id": plane,
        "provider": "aws",
        "region": region,
        "redis": list(redis),
    }


def test_the_gateways_of_the_stack_are_listed_with_their_redis() -> None:
    started = {
        "gateways": [
            gateway(2, "us-east-2", "own/2"),
            gateway(1, "eu-west-1", "own/1"),
            gateway(3, "us-west-2"),
            gateway(4, "us-east-2", plane="another stack's"),
        ],
        "redis": SERVERS,
    }
    assert rows(started, {"own": "main"}) == [
        ("aws-eu-west-1", "main", "node-1", "http://127.0.0.1:8001", "127.0.0.1:7001"),
        ("aws-us-east-2", "main", "node-2", "http://127.0.0.1:8002", "127.0.0.1:7002 (down)"),
        ("aws-us-west-2", "main", "node-3", "http://127.0.0.1:8003", "none"),
    ]


def test_columns_are_as_wide_as_their_widest_value() -> None:
    lines = table([("aws-us-east-2", "main", "n", "http://127.0.0.1:1", "none")]).splitlines()
    assert lines[0].index("CONTROL PLANE") == lines[1].index("main")
    assert lines[0].index("REDIS") == lines[1].index("none")
