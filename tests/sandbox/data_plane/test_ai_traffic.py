"""Prompts through the gateways of a simulated Konnect, to a model that a test serves."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.sandbox.data_plane.gateways import Gateways, Plane
from tests.sandbox.konnect.client import Konnect


def model() -> ASGIApp:
    """A chat model that uses 60 tokens for each answer."""

    async def answer(request: Request) -> JSONResponse:
        asked = await request.json()
        usage = {"prompt_tokens": 20, "completion_tokens": 40, "total_tokens": 60}
        return JSONResponse({"model": asked["model"], "choices": [], "usage": usage})

    return Starlette(routes=[Route("/v1/chat/completions", answer, methods=["POST"])])


def test_a_route_to_a_model_guards_prompts_and_limits_tokens(
    konnect: Konnect, gateways: Gateways, serve: Callable[[ASGIApp], int]
) -> None:
    plane = Plane(konnect)
    service, _ = plane.api()
    url = f"http://127.0.0.1:{serve(model())}/v1/chat/completions"
    target = {
        "route_type": "llm/v1/chat",
        "model": {"provider": "openai", "name": "tiny", "options": {"upstream_url": url}},
    }
    limit = {"name": "openai", "limit": [100], "window_size": [3600]}
    for name, config in (
        ("ai-proxy-advanced", {"targets": [target]}),
        ("ai-prompt-guard", {"deny_patterns": ["secret"]}),
        ("ai-rate-limiting-advanced", {"llm_providers": [limit], "strategy": "local"}),
    ):
        plane.write("plugins", name=name, service={"id": service["id"]}, config=config)
    gateways.start()

    def ask(text: str) -> tuple[int, str | None]:
        body = {"messages": [{"role": "user", "content": text}]}
        answer = gateways.call("POST", "/orders", json=body)
        assert "X-Sandbox-Unsupported-Plugins" not in answer.headers
        return answer.status_code, answer.headers.get("X-Kong-LLM-Model")

    assert ask("tell me a secret") == (400, None)
    assert ask("hello") == (200, "openai/tiny")
    assert ask("hello") == (200, "openai/tiny")
    assert ask("hello") == (429, None)
