"""Presets: sets of plugins that a kind of API needs, as data. A team changes them key by key.

The keys are in resource names and in the names of instances, so they never change. Every preset
is valid for each published gateway version. The reason for each plugin is beside it;
docs/governance.md shows the presets in full.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

PresetName = Literal["public-api", "internal-api", "ai-gateway"]

RATE_LIMIT: Final = "rate-limit"
"""The key of the rate limit, of which ``rate_limit`` in the settings is the short form."""


@dataclass(frozen=True)
class Preset:
    """A set of plugins by key, as in a stack file."""

    plugins: Mapping[str, Mapping[str, Any]]
    asks: Mapping[str, str] = field(default_factory=dict)
    """What a team must write, which no preset can know: the key of a plugin with the path in its
    config -> what to write there."""


_KEY_AUTH: Final = {
    # Keys in the query end up in access logs and in browser histories.
    "config": {"key_in_query": False, "hide_credentials": True},
}
_CORRELATION_ID: Final = {
    # One id in the logs of client, gateway and upstream. Kong's default tells clients nothing.
    "config": {"header_name": "X-Request-Id", "generator": "uuid", "echo_downstream": True},
}


def _rate_limit(limit: int) -> dict[str, Any]:
    # By consumer, which is Kong's default; by address where there is no consumer.
    return {
        "plugin": "rate-limiting-advanced",
        "config": {"limit": [limit], "window_size": [60]},
    }


def _size_limit(megabytes: int) -> dict[str, Any]:
    return {
        "plugin": "request-size-limiting",
        "config": {"allowed_payload_size": megabytes, "size_unit": "megabytes"},
    }


_LLM_PROVIDERS: Final = (
    *("anthropic", "azure", "bedrock", "cohere", "gemini", "huggingface", "llama2", "mistral"),
    "openai",
)

PRESETS: Final[Mapping[PresetName, Preset]] = MappingProxyType(
    {
        "public-api": Preset(
            {
                # The only authentication that needs nothing besides consumers in Konnect.
                "key-auth": _KEY_AUTH,
                RATE_LIMIT: _rate_limit(1000),
                # Kong's default is 128 MB: too much for a stranger to send.
                "size-limit": _size_limit(8),
                # Kong's own list of crawlers and scripts that name themselves.
                "bot-detection": {"config": {}},
                "correlation-id": _CORRELATION_ID,
            }
        ),
        "internal-api": Preset(
            {
                # Staff and services have an identity in the company's provider already. Bearer
                # tokens only: the other flows are for browsers and need a client of their own.
                "openid-connect": {
                    "config": {
                        "auth_methods": ["bearer"],
                        "bearer_token_param_type": ["header"],
                        # Each data plane verifies tokens itself, so there is nothing to share.
                        "cluster_cache_strategy": "off",
                    },
                },
                # Where listeners are public too, requests from the internet are refused.
                "private-addresses": {
                    "plugin": "ip-restriction",
                    "config": {
                        "allow": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"],
                    },
                },
                # Guards against a client in a loop rather than against abuse.
                RATE_LIMIT: _rate_limit(10000),
                "size-limit": _size_limit(32),
                "correlation-id": _CORRELATION_ID,
            },
            {
                "openid-connect.config.issuer": (
                    "the URL of your identity provider: issuer: https://login.example.com"
                )
            },
        ),
        "ai-gateway": Preset(
            {
                # A quota belongs to a consumer, so each request must have one.
                "key-auth": _KEY_AUTH,
                RATE_LIMIT: _rate_limit(100),
                # Prompts are text. Images and files need more.
                "size-limit": _size_limit(1),
                # Models are billed by tokens. Each consumer has the quota for each provider; a
                # provider that is not listed would have none.
                "token-quota": {
                    "plugin": "ai-rate-limiting-advanced",
                    "config": {
                        "identifier": "consumer",
                        "tokens_count_strategy": "total_tokens",
                        "llm_providers": [
                            {"name": name, "limit": [100000], "window_size": [3600]}
                            for name in _LLM_PROVIDERS
                        ],
                    },
                },
                # Well-known ways to make a model ignore its instructions.
                "prompt-guard": {
                    "plugin": "ai-prompt-guard",
                    "config": {
                        "deny_patterns": [
                            r"(?i).*ignore\s+(all\s+|any\s+)?(the\s+)?(previous|prior|above)\s+"
                            r"(instructions|prompts|rules).*",
                            r"(?i).*(reveal|print|repeat|show)\s+(me\s+)?(your|the)\s+"
                            r"(system\s+prompt|hidden\s+instructions).*",
                            r"(?i).*you\s+are\s+now\s+(in\s+)?(dan|developer)\s+mode.*",
                        ],
                        "allow_all_conversation_history": False,
                    },
                },
                "correlation-id": _CORRELATION_ID,
            }
        ),
    }
)
