"""The servers behind the gateways: those on this machine, and one that the sandbox has built in.

No request leaves the machine. An address on loopback is called. A name that an admin call has
mapped to a loopback address is called there. Every other host is the built-in upstream: it answers
with what it got, as JSON, and its answer has the header ``X-Sandbox-Upstream: built-in``. A path
that ends with ``/chat/completions`` gets an answer in the form of OpenAI's API, with the tokens
that it used, one per word.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Mapping

import httpx

from sandbox.data_plane.exchange import Answer, answer_json

BUILT_IN = "X-Sandbox-Upstream"

_OF_THE_CONNECTION = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_SET_BY_KONG = frozenset(
    {
        "host",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-path",
        "x-forwarded-port",
        "x-forwarded-prefix",
        "x-forwarded-proto",
        "x-real-ip",
    }
)
"""Headers that a client cannot take out of a request by naming them in ``Connection``."""
_POOL = httpx.Limits(max_connections=200, max_keepalive_connections=50)
_DECODED = frozenset({"", "deflate", "gzip", "identity"})
"""The codings of a body that are taken off, because plugins read bodies. Others stay."""
LARGEST_RESPONSE = 32 * 1024 * 1024
"""Bytes of a response's body at most. The sandbox keeps bodies in memory; Kong streams them."""
LONGEST_RESPONSE = 300.0
"""Seconds that a response may take at most, however often a part of it arrives."""


class Upstreams:
    """Calls upstreams; ``mapped`` is host or host:port -> host:port on loopback."""

    def __init__(self) -> None:
        """Nothing is mapped. The first call opens the client, in the loop that uses it."""
        self.mapped: dict[str, str] = {}
        self._client: httpx.AsyncClient | None = None

    async def call(
        self,
        method: str,
        url: str,
        headers: httpx.Headers | Mapping[str, str],
        body: bytes,
        timeout: httpx.Timeout,
    ) -> Answer:
        """Send one request. Raises ``httpx.HTTPError``: not reached, or not in time.

        A response with a body above ``LARGEST_RESPONSE`` is answered with status 502.
        """
        asked = _parsed(url)
        place = self._place(asked)
        if place is None:
            return _built_in(method, asked, httpx.Headers(headers), body)
        sent = without_connection(httpx.Headers(headers))
        sent.pop("content-length", None)  # a plugin may have changed the body
        sent.setdefault("Host", asked.netloc.decode())
        if self._client is None:
            # The certificate of an upstream on loopback is for another name, if it has one.
            self._client = httpx.AsyncClient(verify=False, trust_env=False, limits=_POOL)
        request = self._client.build_request(
            method, place, headers=sent, content=body, timeout=timeout
        )
        _keep_only(request, sent)
        try:
            async with asyncio.timeout(LONGEST_RESPONSE):
                response = await self._client.send(request, stream=True)
                try:
                    return await _received(response)
                finally:
                    await response.aclose()
        except TimeoutError as late:
            message = f"{url}: the response took more than {LONGEST_RESPONSE:.0f} seconds"
            raise httpx.ReadTimeout(message, request=request) from late

    def _place(self, url: httpx.URL) -> httpx.URL | None:
        """The URL on loopback, or None for the built-in upstream."""
        port = url.port or (443 if url.scheme == "https" else 80)
        mapped = self.mapped.get(f"{url.host}:{port}") or self.mapped.get(url.host)
        if mapped is not None:
            host, _, number = mapped.rpartition(":")
            return url.copy_with(scheme="http", host=host, port=int(number))
        return url if is_loopback(url.host) else None

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise httpx.UnsupportedProtocol(f"{url} cannot be called: {error}") from error
    if not 1 <= (parsed.port or 1) <= 65535:
        raise httpx.UnsupportedProtocol(f"{url} cannot be called: ports are from 1 to 65535")
    return parsed


async def _received(response: httpx.Response) -> Answer:
    """The answer of a response whose body has not been read yet."""
    headers = without_connection(response.headers)
    codings = {one.lower() for one in headers.get_list("content-encoding", split_commas=True)}
    parts = response.aiter_raw()
    if codings <= _DECODED:
        parts = response.aiter_bytes()
        headers.pop("content-encoding", None)
    if response.request.method != "HEAD":
        headers.pop("content-length", None)
    body = bytearray()
    async for part in parts:
        body += part
        if len(body) > LARGEST_RESPONSE:
            most = LARGEST_RESPONSE // 2**20
            message = f"{response.url}: the response has more than the {most} MiB of the sandbox"
            return answer_json(502, {"message": message})
    return Answer(response.status_code, headers, bytes(body))


def is_loopback(host: str) -> bool:
    """Whether a host is ``localhost`` or an address on loopback."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def without_connection(headers: httpx.Headers) -> httpx.Headers:
    """A copy without the headers that concern one connection only (RFC 9110, 7.6.1)."""
    named = {part.strip().lower() for part in headers.get("connection", "").split(",")}
    leave = _OF_THE_CONNECTION | (named - _SET_BY_KONG)
    return httpx.Headers([(n, v) for n, v in headers.multi_items() if n.lower() not in leave])


def _keep_only(request: httpx.Request, sent: httpx.Headers) -> None:
    """Delete the headers that httpx adds to a request by itself, such as its user agent."""
    for name in ("accept", "accept-encoding", "user-agent"):
        if name not in sent:
            request.headers.pop(name, None)


def _built_in(method: str, url: httpx.URL, headers: httpx.Headers, body: bytes) -> Answer:
    if url.path.endswith("/chat/completions"):
        answer = _chat(body)
    else:
        answer = answer_json(
            200,
            {
                "method": method,
                "url": str(url),
                "headers": dict(headers),
                "body": body.decode(errors="replace"),
            },
        )
    answer.headers[BUILT_IN] = "built-in"
    return answer


def _chat(body: bytes) -> Answer:
    """An answer of a chat model, in the form of OpenAI's chat completions."""
    try:
        asked = json.loads(body)
        texts = [str(message.get("content", "")) for message in asked.get("messages", ())]
    except (ValueError, AttributeError):
        return answer_json(400, {"error": {"message": "the body is not a chat request"}})
    said = f"You said: {texts[-1] if texts else ''}"
    prompt, completion = (len(text.split()) for text in (" ".join(texts), said))
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
    message = {"role": "assistant", "content": said}
    return answer_json(
        200,
        {
            "id": "chatcmpl-sandbox",
            "object": "chat.completion",
            "model": asked.get("model", "sandbox"),
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": usage,
        },
    )
