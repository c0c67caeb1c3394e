"""Checks labels for Konnect and tags for the clouds, and converts tags to the form of each cloud.

GCP calls tags labels and accepts only lower-case letters, digits, ``-`` and ``_``. So a tag is
written once, as AWS and Azure take it, and folded for GCP (``Cost Centre`` to ``cost-centre``).

Sources: the Control Planes API 2.0.2 and developer.konghq.com,
``app/konnect-platform/konnect-labels.md``; AWS "Tag naming limits and requirements"; Azure "Use
tags to organize your Azure resources"; Google Cloud "Requirements for labels".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from components.regions import Cloud
from providers.konnect.ownership import LABEL
from stacks.errors import Problem

MAX_LABELS = 4
"""Maximum of labels of an environment. Konnect accepts five; the provider adds one of its own."""

RESERVED_LABEL_PREFIXES = ("kong", "konnect", "mesh", "kic", "insomnia", "kuma", "_")
"""Prefixes of label keys that Konnect reserves."""

MAX_TAGS = 40
"""Maximum of tags of an environment. AWS and Azure accept 50; the gateway adds its own."""

_LABEL_VALUE = re.compile(r"[a-z0-9A-Z]([a-z0-9A-Z._-]*[a-z0-9A-Z])?")


def label_problems(labels: Mapping[str, str]) -> Iterator[Problem]:
    """The labels of a control plane that Konnect would refuse. Paths start at the labels."""
    if len(labels) > MAX_LABELS:
        wrong = f"has {len(labels)} labels, and at most {MAX_LABELS} are accepted"
        yield Problem((), wrong, "delete labels that nobody searches for")
    for key, value in labels.items():
        if not 1 <= len(key) <= 63:
            wrong = f"has a key of {len(key)} characters"
            yield Problem((key,), wrong, "use a key of 1 to 63 characters", value)
        if key == LABEL:
            wrong = "is reserved: it marks the stack that created the control plane"
            yield Problem((key,), wrong, "use another key", value)
        if key.startswith(RESERVED_LABEL_PREFIXES):
            wrong = f"has a key that begins with one of {', '.join(RESERVED_LABEL_PREFIXES)}"
            yield Problem((key,), wrong, "use another key: Konnect reserves these", value)
        if len(value) > 63 or not _LABEL_VALUE.fullmatch(value):
            remedy = (
                "use 1 to 63 letters, digits, '-', '_' and '.', beginning and ending with a "
                "letter or digit"
            )
            yield Problem((key,), "is not a label value", remedy, value)


@dataclass(frozen=True)
class _TagRule:
    key: re.Pattern[str]
    value: re.Pattern[str]
    prose: str


_TAG_RULES: Mapping[Cloud, _TagRule] = {
    Cloud.AWS: _TagRule(
        re.compile(r"(?!aws:)[\w .:/=+@-]{1,128}", re.IGNORECASE),
        re.compile(r"[\w .:/=+@-]{0,256}"),
        "a key of 1 to 128 and a value of up to 256 letters, digits, spaces and _.:/=+-@, the "
        "key not beginning with aws:",
    ),
    Cloud.AZURE: _TagRule(
        re.compile(r"(?!microsoft|azure|windows)[^<>%&\\?/]{1,512}", re.IGNORECASE),
        re.compile(r".{0,256}", re.DOTALL),
        "a key of 1 to 512 characters without <>%&\\?/ that does not begin with microsoft, azure "
        "or windows, and a value of up to 256",
    ),
    Cloud.GCP: _TagRule(
        re.compile(r"[a-z][a-z0-9_-]{0,62}"),
        re.compile(r"[a-z0-9_-]{0,63}"),
        "a key of 1 to 63 characters that begins with a letter, and a value of up to 63",
    ),
}


def tags_for(cloud: Cloud, tags: Mapping[str, str]) -> dict[str, str]:
    """Tags in the form of a cloud: unchanged, or folded to labels for GCP."""
    if cloud is not Cloud.GCP:
        return dict(tags)
    return {_folded(key): _folded(value) for key, value in tags.items()}


def _folded(text: str) -> str:
    return re.sub(r"[^a-z0-9_-]", "-", text.lower())


def tag_problems(cloud: Cloud, tags: Mapping[str, str]) -> Iterator[Problem]:
    """The tags from ``tags_for`` that a cloud would refuse. Paths start at the tags."""
    rule = _TAG_RULES[cloud]
    spelled: dict[str, str] = {}
    for key, value in tags.items():
        ((name, text),) = tags_for(cloud, {key: value}).items()
        if not (rule.key.fullmatch(name) and rule.value.fullmatch(text)):
            yield Problem((key,), f"is not a valid tag in {cloud}", f"use {rule.prose}", value)
        # Azure ignores the case of tag names; GCP's are folded to lower case.
        same = name if cloud is Cloud.AWS else name.lower()
        if same in spelled:
            wrong = f"is the same tag as {spelled[same]!r} in {cloud}"
            yield Problem((key,), wrong, "rename or delete one of the two", value)
        spelled[same] = key
