"""Kong's published plugin schemas, as data, and the check of a configuration against them.

    from multicloudgateway import published

    schema = published.plugin("rate-limiting", "3.15").config
    published.problems(schema, {"minute": "abc"})
    # [Problem(path='config.minute', reason='expected a number, got "abc"')]
    published.with_defaults(schema, {"minute": 5})["policy"]  # 'local'

This package imports nothing of the project, so the sandbox and the providers can share it. The
data is derived by ``python -m tools.plugin_schemas``; ``data/README.md`` says from what.
"""

from multicloudgateway.published.checks import (
    Problem,
    is_required,
    is_vault_reference,
    problems,
    variant_key,
)
from multicloudgateway.published.defaults import with_defaults
from multicloudgateway.published.redis_places import (
    VECTORDB,
    RedisPlace,
    RedisType,
    redis_places,
)
from multicloudgateway.published.schemas import (
    IDENTIFIERS,
    NEWEST,
    VERSIONS,
    Plugin,
    Schema,
    is_encrypted,
    nearest,
    newest_plugin,
    partial,
    partial_types,
    paths,
    plugin,
    plugin_names,
)

__all__ = [
    "IDENTIFIERS",
    "NEWEST",
    "VECTORDB",
    "VERSIONS",
    "Plugin",
    "Problem",
    "RedisPlace",
    "RedisType",
    "Schema",
    "is_encrypted",
    "is_required",
    "is_vault_reference",
    "nearest",
    "newest_plugin",
    "partial",
    "partial_types",
    "paths",
    "plugin",
    "plugin_names",
    "problems",
    "redis_places",
    "variant_key",
    "with_defaults",
]
