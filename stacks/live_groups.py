"""Refuses to delete a live consumer group while consumers or plugins of others are in it.

Kong deletes the plugins of a consumer group and its memberships together with the group. Source:
`core-entities/consumer_groups/{id}` (delete).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from providers.konnect.ownership import owner_of_tags
from stacks.errors import Path, Problem
from stacks.live_governance import LivePlugins, in_order, plugin_label
from stacks.models import Settings

Json = Mapping[str, Any]

GROUPS: Final[Path] = ("governance", "consumer_groups")


def deleted_groups(
    settings: Settings, project: str, stack: str, groups: Mapping[str, Sequence[Json]]
) -> dict[str, list[Json]]:
    """The groups that this stack created and that the settings no longer have.

    ``groups`` are Konnect's, by the key of their control plane, and so is the result.
    ``project`` and ``stack`` are Pulumi's.
    """
    declared = settings.governance.consumer_groups if settings.governance else ()
    found = {
        plane: [
            group
            for group in groups[plane]
            if _is_of(group, project, stack) and group.get("name") not in declared
        ]
        for plane in in_order(groups)
    }
    return {plane: several for plane, several in found.items() if several}


def group_problems(
    deleted: Mapping[str, Sequence[Json]],
    consumers: Mapping[str, Sequence[Json]],
    plugins: LivePlugins,
    project: str,
    stack: str,
) -> Iterator[Problem]:
    """A group that would be deleted with what others have put into it.

    ``consumers`` are the members of groups, by the id of the group.
    """
    for plane, groups in deleted.items():
        for group in groups:
            members = [
                str(one.get("username") or one.get("custom_id") or one["id"])
                for one in consumers.get(group["id"], ())
            ]
            theirs = [
                plugin_label(one)
                for one in plugins.plugins.get(plane, ())
                if (one.get("consumer_group") or {}).get("id") == group["id"]
                and not _is_of(one, project, stack)
            ]
            if not (members or theirs):
                continue
            parts = [_listed("consumer", members), _listed("plugin", theirs)]
            wrong = (
                f"would be deleted on {plane} with {' and '.join(part for part in parts if part)} "
                "of others: the limits of these consumers would change at once"
            )
            remedy = "keep the group until their owners have taken these out, and run `pulumi up`"
            yield Problem(GROUPS, wrong, remedy, group["name"])


def _listed(kind: str, names: Sequence[str], most: int = 5) -> str:
    """Count and first names: ``2 consumers (anna, bert)``."""
    if not names:
        return ""
    more = ", …" if len(names) > most else ""
    plural = "" if len(names) == 1 else "s"
    return f"{len(names)} {kind}{plural} ({', '.join(names[:most])}{more})"


def _is_of(entity: Json, project: str, stack: str) -> bool:
    owner = owner_of_tags(entity.get("tags"))
    return owner is not None and (owner.project, owner.stack) == (project, stack)
