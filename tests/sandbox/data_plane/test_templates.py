from __future__ import annotations

import httpx
import pytest

from sandbox.data_plane.templates import NotPlayed, Request, render

REQUEST = Request(
    headers=httpx.Headers({"X-Team": "blue", "Authorization": "Basic YQ=="}),
    query=[("user", "anna"), ("user", "bert")],
    captures={"order": "4711"},
)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("$(headers.x-team)", "blue"),
        ("$(headers.x_team)", "blue"),
        ('$(headers["X-Team"])', "blue"),
        ("$(headers['X-Team'])", "blue"),
        ("$(query_params.user)", "anna"),
        ('/orders/$(uri_captures["order"])/$(query_params["user"])', "/orders/4711/anna"),
        ("[$(headers.x-other)]", "[]"),
        ('$(headers.x-other or query_params["user"] or "nobody")', "anna"),
        ('$(headers.x-other or "nobody")', "nobody"),
        ('$( headers.x-team or "nobody" )!', "blue!"),
        ("$('$(headers.x-team)')", "$(headers.x-team)"),
        ("costs $5 (five)", "costs $5 (five)"),
    ],
)
def test_a_template_has_values_of_the_request(template: str, text: str) -> None:
    assert render(template, REQUEST) == text


@pytest.mark.parametrize(
    "template",
    [
        "$((function() return 1 end)())",
        "$(headers.authorization:sub(1, 6))",
        "$(shared.token)",
        "$(headers.a .. headers.b)",
        "$(1 + 1)",
        "$(uri_captures[1])",
        "$(headers.x-team",
    ],
)
def test_other_lua_is_not_run(template: str) -> None:
    with pytest.raises(NotPlayed):
        render(template, REQUEST)
