"""Reads and checks the settings of one environment, before anything runs.

``load`` takes the value of ``multicloud-gateway:gateway``. It returns frozen settings, or raises
one ``SettingsError`` with all problems. This module calls neither a cloud nor Konnect.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Network

import pulumi
from pulumi.runtime.config import is_config_secret
from pydantic import ValidationError

from components.addressing import (
    DCGW_RESERVED,
    dcgw_advice,
    listed,
)
from components.regions import (
    REGIONS,
    ApiAccess,
    CacheTier,
    Cloud,
    Geo,
    cloud_of,
)
from stacks.address_files import RecordedPlans
from stacks.address_plan import fill_addresses
from stacks.availability import availability_problems
from stacks.defaults import fill, in_full
from stacks.errors import (
    ABSENT,
    Path,
    Problem,
    SettingsError,
    cleaned,
    from_validation,
    nearest,
)
from stacks.models import Consent, Region, Settings
from stacks.models.domains import REFERENCE
from stacks.rules.cache import cache_warnings
from stacks.rules.entry import entry_problems, entry_warnings
from stacks.rules.environment import environment_problems, free_blocks_for_missing
from stacks.rules.fabric import fabric_problems, fabric_warnings
from stacks.rules.governance import governance_problems
from stacks.rules.observability import observability_problems, trace_warnings
from stacks.rules.services import services_problems

__all__ = [
    "CONFIG_KEY",
    "CONFIG_NAMESPACE",
    "ApiAccess",
    "CacheTier",
    "Cloud",
    "Consent",
    "Geo",
    "Region",
    "Settings",
    "SettingsError",
    "availability_problems",
    "in_order",
    "load",
    "require_secret_keys",
    "require_secret_token",
    "stack_file",
    "warnings",
]

CONFIG_NAMESPACE = "multicloud-gateway"
"""The name of the Pulumi project, which is also the namespace of its configuration."""

CONFIG_KEY = "gateway"
"""The key below the namespace that holds the settings, as an object."""

_TOKEN_KEY = "konnect:token"
_SETTINGS_KEY = f"{CONFIG_NAMESPACE}:{CONFIG_KEY}"


def stack_file(stack: str) -> str:
    """The path of a stack's file, relative to the project."""
    return f"stacks/Pulumi.{stack}.yaml"


def load(
    stack: str,
    value: object,
    file: str | None = None,
    plans: RecordedPlans | None = None,
    *,
    recording: bool = False,
) -> Settings:
    """Read one stack's settings.

    ``value`` is the result of ``pulumi.Config("multicloud-gateway").get_object("gateway")``.
    ``file`` is the name of its file in messages. ``plans`` has the stack's recorded address plan,
    whose blocks the file may leave out. With ``recording``, the numbers of a fabric need not be in
    it: the caller is about to record them. Raises ``SettingsError`` with all problems, in the
    order of their paths in the file. A token in plain text is a problem, and is never printed.
    """
    file = file or stack_file(stack)
    written, problems = cleaned(value)
    if not isinstance(written, Mapping):
        wrong = "is missing" if written is None else "should be an object"
        remedy = f"write {CONFIG_NAMESPACE}:{CONFIG_KEY} as {stack_file('dev')} does"
        raise SettingsError(file, problems or [Problem((), wrong, remedy)])
    settings = None
    filled = fill(stack, written)
    problems += filled.problems
    document = filled.document
    if plans is not None:
        document, unrecorded = fill_addresses(document, plans)
        problems += unrecorded
    suggestions = free_blocks_for_missing(document)
    found = list(environment_problems(document, suggestions, filled.by_class))
    secret = is_config_secret(_SETTINGS_KEY)
    found += governance_problems(document, secret=secret)
    try:
        text = json.dumps(in_full(document))
        settings = Settings.model_validate_json(text, context=(stack, file))
        found += entry_problems(settings)
        found += services_problems(settings)
        found += fabric_problems(settings, plans, recording=recording)
        found += observability_problems(settings, secret=secret)
    except ValidationError as error:
        found += from_validation(error, Settings, suggestions)
    # Drop further problems of these paths: a placeholder only stands for a token, and a key that
    # cannot be derived is already reported as missing.
    told = {problem.path for problem in problems}
    found = [problem for problem in found if problem.path not in told]
    problems += _once_per_value(_as_written(written, problem) for problem in found)
    if settings is None or problems:
        raise SettingsError(file, in_order(written, problems))
    return settings


def in_order(document: object, problems: Iterable[Problem]) -> list[Problem]:
    """Sort problems by the order of their paths in a document."""
    return sorted(problems, key=lambda problem: _position(document, problem.path))


def _once_per_value(problems: Iterable[Problem]) -> list[Problem]:
    """Join the problems of one value. The remedy of the first is kept: it solves the others too."""
    joined: dict[Path, Problem] = {}
    for problem in problems:
        first = joined.get(problem.path)
        if first is None or first.value is ABSENT:
            joined.setdefault(problem.path, problem)
        else:
            joined[problem.path] = replace(first, wrong=f"{first.wrong} and {problem.wrong}")
    return list(joined.values())


def _as_written(document: object, problem: Problem) -> Problem:
    """Shorten a problem's path to a value that is in the file.

    A landing that is written as only its CIDR block has no keys below it.
    """
    for length, step in enumerate(problem.path):
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int):
            document = document[step]
        else:
            return replace(problem, path=problem.path[:length]) if document else problem
    return problem


def _position(document: object, path: Path) -> list[int]:
    """The position of a path in its file. A missing key comes after its siblings."""
    position = []
    for step in path:
        if isinstance(step, int):
            position.append(step)
            document = document[step] if isinstance(document, list) else None
        else:
            keys = list(document) if isinstance(document, Mapping) else []
            position.append(keys.index(step) if step in keys else len(keys))
            document = document.get(step) if isinstance(document, Mapping) else None
    return position


def require_secret_token(stack: str) -> None:
    """Raise ``pulumi.RunError`` if the program's configuration has a Konnect token in plain text.

    The engine marks values that are encrypted in the stack file or secret in its ESC environment.
    """
    plain = pulumi.Config("konnect").get("token") and not is_config_secret(_TOKEN_KEY)
    if plain:
        raise pulumi.RunError(
            f"{stack_file(stack)}: {_TOKEN_KEY}: is a Konnect token in plain text; revoke it, and "
            f"set a new one with `pulumi config set --secret {_TOKEN_KEY}`, or let an ESC "
            "environment have it as a secret"
        )


def require_secret_keys(settings: Settings) -> None:
    """Raise SettingsError if a private key or a password is in plain text in the stack file.

    The engine marks the whole value of the settings as secret if a part of it is encrypted.
    """
    if is_config_secret(_SETTINGS_KEY):
        return
    plain = [
        ("domains", fqdn, "certificate", "key")
        for fqdn, domain in settings.domains.items()
        if domain.certificate is not None and not REFERENCE.match(domain.certificate.key)
    ]
    remedy = "and write a vault reference, or set it with `pulumi config set --secret --path`"
    problems = [
        Problem(path, "is a private key in plain text", f"get a new certificate, {remedy}")
        for path in plain
    ]
    external = settings.cache.external if settings.cache else {}
    for region, redis in external.items():
        if redis.password is not None and not REFERENCE.match(redis.password):
            path = ("cache", "external", region, "password")
            problems.append(
                Problem(path, "is a password in plain text", f"choose a new one, {remedy}")
            )
    if problems:
        raise SettingsError(settings.file, problems)


def warnings(settings: Settings) -> list[str]:
    """Warnings about settings that are accepted but may be mistakes, in the format of errors."""
    return [problem.line(settings.file) for problem in _second_looks(settings)]


def _second_looks(settings: Settings) -> Iterator[Problem]:
    for index, region in enumerate(settings.regions):
        path: Path = ("regions", index)
        if cloud_of(region.region) is None:
            wrong = f"is not a region Kong documents for {region.cloud}"
            remedy = nearest(region.region, REGIONS[region.cloud])
            yield Problem((*path, "region"), wrong, remedy, region.region)
        if advice := dcgw_advice(region.cidr, len(region.zones)):
            remedy = "choose a larger block before the first deployment: it can never change"
            yield Problem((*path, "cidr"), advice, remedy, str(region.cidr))
        beyond: list[tuple[Path, IPv4Network]] = [(("landing", "cidr"), region.landing.cidr)]
        for place, block in enumerate(region.landing.reach):
            beyond.append((("landing", "reach", place), block))
        for below, cidr in beyond:
            if touched := [kept for kept in DCGW_RESERVED if cidr.overlaps(kept)]:
                wrong = f"overlaps {listed(touched)}, which Kong's data planes use internally"
                remedy = "make sure that the gateway calls nothing in it"
                yield Problem((*path, *below), wrong, remedy, str(cidr))
    yield from entry_warnings(settings)
    yield from cache_warnings(settings)
    yield from trace_warnings(settings)
    yield from fabric_warnings(settings)
