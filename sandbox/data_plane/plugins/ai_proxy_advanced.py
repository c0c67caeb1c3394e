"""ai-proxy-advanced: sends prompts to one of several AI models, and to another one on failure.

It calls ``model.options.upstream_url``. The sandbox reaches no AI provider, so a target without it
fails with status 502 and the reason. Requests and responses are in the format of OpenAI. Those of
providers with a format of their own are not translated, and named as not played.

Source: https://developer.konghq.com/plugins/ai-proxy-advanced/. The choice of a target is in
``sandbox.data_plane.ai_targets``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx

from multicloudgateway import published
from sandbox.data_plane.ai import amount, bad_request, record, request_object
from sandbox.data_plane.ai_targets import PLAYED, Target, choose, label, note_failure, state_of
from sandbox.data_plane.exchange import Answer, Exchange, answer_json
from sandbox.data_plane.templates import NotPlayed, Request, render
from sandbox.store import Body

NAME = "ai-proxy-advanced"
PRIORITY = 770
FIELDS = frozenset(
    {
        "balancer",
        "max_request_body_size",
        "model_name_header",
        "response_streaming",
        "targets",
    }
)

_OTHER_FORMATS = frozenset({"anthropic", "bedrock", "cohere", "gemini", "huggingface"})
_PROMPTS: Mapping[str, tuple[str, str]] = {
    "llm/v1/chat": ("messages", "LLM route only supports llm chat type requests"),
    "llm/v1/completions": ("prompt", "LLM route only supports llm completions type requests"),
}
"""Route type -> what a request must have, and the error without it."""
_OPTIONS = ("max_tokens", "temperature", "top_p", "top_k")
"""Options of a model that a request may override."""
_PLAYED_OF_TARGETS: Mapping[str, Set[str]] = {
    "options": {*_OPTIONS, "input_cost", "output_cost", "upstream_path", "upstream_url"},
    "auth": {
        "allow_override",
        "header_name",
        "header_value",
        "param_location",
        "param_name",
        "param_value",
    },
}
_NOT_FORWARDED = frozenset({"connection", "content-length", "host", "transfer-encoding"})
_TIMEOUTS = ("connect_timeout", "read_timeout", "write_timeout")
_DEFAULT_TIMEOUT = 60000
"""Milliseconds, in the schema of the plugin."""


@dataclass(frozen=True)
class Failure:
    """A try that failed: the criterion of `failover_criteria`, and whether it was sent."""

    criterion: str
    answer: Answer
    sent: bool = True


async def access(x: Exchange, config: Body) -> Answer | None:
    """Refuse what is no request for a model. Else have the models called in place of a service."""
    request = request_object(x, config)
    kinds = {target["route_type"] for target in config["targets"]} & _PROMPTS.keys()
    for needed, message in (_PROMPTS[kind] for kind in sorted(kinds)):
        if request is None or needed not in request:
            return bad_request(message)
    if request and request.get("stream") and config["response_streaming"] == "deny":
        return bad_request("response streaming is not enabled for this LLM")
    targets = _targets_for(request, config["targets"])
    if not targets:
        names = ", ".join(_model_names(config["targets"]))
        return bad_request(f"cannot use own model - must be: {names}")
    x.unsupported.extend(_not_played(config))
    original = Request.of(x)

    async def proxy(x: Exchange) -> Answer:
        return await _proxied(x, config, targets, request, original)

    x.proxy = proxy
    return None


def _targets_for(request: Mapping[str, Any] | None, targets: Sequence[Target]) -> Sequence[Target]:
    """The targets with the alias or the name of the requested model; all if it names none.

    A model whose name is a template takes any.
    """
    model = (request or {}).get("model")
    if not model:
        return targets
    aliased = [target for target in targets if target["model"].get("model_alias") == model]
    if aliased:
        return aliased
    return [
        target
        for target in targets
        if not target["model"].get("model_alias")
        and (target["model"].get("name") in (model, None) or "$(" in target["model"]["name"])
    ]


def _model_names(targets: Sequence[Target]) -> list[str]:
    models = [target["model"] for target in targets]
    return sorted({str(model.get("model_alias") or model.get("name")) for model in models})


def _not_played(config: Body) -> list[str]:
    """The settings of the configuration that change nothing here."""
    balancer = config["balancer"]
    found = []
    if balancer["algorithm"] not in PLAYED:
        found.append(f"{NAME}.balancer.algorithm {balancer['algorithm']}")
    if balancer["tokens_count_strategy"] == "llm-accuracy":
        found.append(f"{NAME}.balancer.tokens_count_strategy llm-accuracy")
    found += [f"{NAME}.balancer.{name}" for name in _TIMEOUTS if balancer[name] != _DEFAULT_TIMEOUT]
    for target in config["targets"]:
        model = target["model"]
        if model["provider"] in _OTHER_FORMATS:
            found.append(f"{NAME}.targets.model.provider {model['provider']}")
        options, auth = model.get("options") or {}, target.get("auth") or {}
        found += [f"{NAME}.targets.model.options.{name}" for name in _unplayed(options, "options")]
        found += [f"{NAME}.targets.auth.{name}" for name in _unplayed(auth, "auth")]
    return list(dict.fromkeys(found))


def _unplayed(settings: Mapping[str, Any], record: str) -> list[str]:
    """The settings of a record of a target that the sandbox does not play, if they are set."""
    defaults = _defaults()[record]
    return [
        name
        for name, value in settings.items()
        if name not in _PLAYED_OF_TARGETS[record]
        and value is not None
        and value != defaults.get(name)
    ]


@cache
def _defaults() -> Mapping[str, Mapping[str, Any]]:
    """The defaults of the options and of the login of a target."""
    plugin = published.newest_plugin(NAME)
    if plugin is None:
        raise LookupError(f"{NAME} has no published schema")
    target = plugin.config["properties"]["targets"]["items"]["properties"]
    options = target["model"]["properties"]["options"]
    schemas = {"options": options, "auth": target["auth"]}
    return {name: published.with_defaults(schema, {}) for name, schema in schemas.items()}


async def _proxied(
    x: Exchange,
    config: Body,
    targets: Sequence[Target],
    request: dict[str, Any] | None,
    original: Request,
) -> Answer:
    """Call a target, and others while it fails by the failover criteria."""
    balancer = config["balancer"]
    criteria = set(balancer["failover_criteria"])
    answer = answer_json(503, {"message": "failure to get a peer from the ring-balancer"})
    tried: list[str] = []
    for _ in range(1 + int(balancer["retries"])):
        target = choose(x, targets, balancer, tried)
        if target is None:
            break
        tried.append(label(target))
        outcome = await _call(x, config, target, request, original)
        if isinstance(outcome, Answer):
            return _finished(x, config, target, outcome)
        answer = outcome.answer
        if outcome.criterion not in criteria:
            return _finished(x, config, target, answer)
        note_failure(x.node, target, balancer)
        if outcome.sent and x.method == "POST" and "non_idempotent" not in criteria:
            break
    return answer


def _finished(x: Exchange, config: Body, target: Target, answer: Answer) -> Answer:
    """Keep what the response used, and name its model."""
    model = target["model"]
    x.facts["ai_plugin"] = NAME
    record(x, answer, str(model["provider"]), model)
    strategy = config["balancer"]["tokens_count_strategy"].replace("-", "_")
    state_of(x.node, target).used += amount(x, strategy)
    if config["model_name_header"]:
        x.response_headers["X-Kong-LLM-Model"] = f"{model['provider']}/{model.get('name')}"
    return answer


async def _call(
    x: Exchange,
    config: Body,
    target: Target,
    request: dict[str, Any] | None,
    original: Request,
) -> Answer | Failure:
    """Call one target."""
    try:
        url = _url(target, original)
        headers, body = _message(x, config, target, request, original)
    except NotPlayed as template:
        return Failure("error", answer_json(502, {"message": f"{template}: not played"}), False)
    if url is None:
        message = (
            f"target {label(target)} has no model.options.upstream_url, and the sandbox reaches "
            "no AI provider; set it to a server that speaks the provider's API"
        )
        return Failure("error", answer_json(502, {"message": message}), sent=False)
    x.facts.pop("upstream_status", None)  # of the target before
    try:
        answer = await x.node.call(x.method, _with_parameter(url, target), headers, body)
    except httpx.TimeoutException as error:
        sent = not isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout)
        return Failure("timeout", answer_json(504, {"message": "The upstream timed out"}), sent)
    except httpx.HTTPError as error:
        sent = not isinstance(error, httpx.ConnectError)
        kind = "invalid_header" if isinstance(error, httpx.RemoteProtocolError) else "error"
        message = f"An invalid response was received from the upstream server: {error}"
        return Failure(kind, answer_json(502, {"message": message}), sent)
    x.facts["upstream_status"] = answer.status
    failed = answer.status in (403, 404, 429) or answer.status >= 500
    return Failure(f"http_{answer.status}", answer) if failed else answer


def _url(target: Target, original: Request) -> str | None:
    """The address to call: ``upstream_url``, with ``upstream_path`` in place of its path."""
    options = target["model"].get("options") or {}
    if not options.get("upstream_url"):
        return None
    url = render(options["upstream_url"], original)
    if options.get("upstream_path"):
        url = urlunsplit(urlsplit(url)._replace(path=render(options["upstream_path"], original)))
    return url


def _with_parameter(url: str, target: Target) -> str:
    """The address with the login, if the target's ``auth`` has it in the query."""
    auth = target.get("auth") or {}
    if auth.get("param_location") != "query" or not auth.get("param_name"):
        return url
    pair = urlencode({auth["param_name"]: auth.get("param_value") or ""})
    return f"{url}{'&' if '?' in url else '?'}{pair}"


def _message(
    x: Exchange,
    config: Body,
    target: Target,
    request: dict[str, Any] | None,
    original: Request,
) -> tuple[httpx.Headers, bytes]:
    """The headers and the body for a target: its model, options and login."""
    auth, model = target.get("auth") or {}, target["model"]
    kept = [pair for pair in x.headers.multi_items() if pair[0].lower() not in _NOT_FORWARDED]
    headers = httpx.Headers(kept)
    name = auth.get("header_name")
    if name and not (auth.get("allow_override") and name in headers):
        headers[name] = auth.get("header_value") or ""
    if request is None or target["route_type"] == "preserve":
        return headers, x.body
    body = dict(request)
    if model.get("name"):
        body["model"] = render(model["name"], original)
    for option in _OPTIONS:
        value = (model.get("options") or {}).get(option)
        if value is not None:
            body.setdefault(option, value)
    if config["response_streaming"] == "always":
        body["stream"] = True
    if auth.get("param_location") == "body" and auth.get("param_name"):
        body[auth["param_name"]] = auth.get("param_value")
    return headers, json.dumps(body).encode()
