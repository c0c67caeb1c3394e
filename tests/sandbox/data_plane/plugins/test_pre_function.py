from __future__ import annotations

import pytest

from components.entry.origin_lock import HEADER, lock_code
from sandbox.data_plane.plugins.pre_function import NAME, access, lock_of
from tests.sandbox.data_plane.plugins.nodes import TestNode, config_of, exchange

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("secrets", "paths", "given", "path", "passes"),
    [
        (["abc"], ["/health"], "abc", "/", True),
        (["abc"], ["/health"], None, "/", False),
        (["abc"], ["/health"], "wrong", "/", False),
        (["abc"], ["/health"], None, "/health", True),
        (["abc"], ["/health"], None, "/healthy", False),
        (["abc", "def"], [], "def", "/", True),
        (["abc", "def"], ["/health", "/status"], None, "/status", True),
    ],
)
async def test_the_origin_lock_lets_through_who_has_a_secret(
    secrets: list[str], paths: list[str], given: str | None, path: str, passes: bool
) -> None:
    x = exchange(TestNode(), path=path, headers={HEADER: given} if given else {})
    refusal = await access(x, config_of(NAME, access=[lock_code(secrets, paths)]))
    assert (refusal is None) == passes
    assert x.unsupported == []
    if refusal is None:
        assert HEADER not in x.headers
    else:
        assert refusal.status == 403
        assert b"Use the public name of this API" in refusal.body


LOCK = lock_code(["abc"], ["/health"])


@pytest.mark.parametrize(
    "code",
    [
        "kong.response.exit(200)",
        LOCK + "\nkong.response.exit(200)",
        "local a = 1\n" + LOCK,
        LOCK.replace("and given", "or given"),
        LOCK.replace("get_path", "get_raw_path"),
        LOCK.replace('"abc"', 'os.getenv("SECRET")'),
    ],
)
async def test_other_lua_is_named_and_does_nothing(code: str) -> None:
    x = exchange(TestNode())
    assert lock_of(code) is None
    assert await access(x, config_of(NAME, access=[code])) is None
    assert x.unsupported == ["pre-function.access"]
