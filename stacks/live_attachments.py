"""Compares the links and accounts of regions with Konnect's live attachments.

A link of a live region keeps its kind, and a region keeps its account. Another link can be added,
and a link can be deleted: the preview warns of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from components.links.kinds import LinkChoice, LinkKind
from components.names import account_of
from stacks.errors import ABSENT, Path, Problem, yaml_inline
from stacks.live import Live
from stacks.models import Region, Settings

Attachments: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]
"""Konnect's attachments by the id of their network."""


def account_problems(
    gateway: str, settings: Settings, live: Live, attachments: Attachments
) -> Iterator[Problem]:
    """Every region whose live attachment is to another account than the settings name.

    A region without an account uses the ambient one, which is not known here: it is only known to
    be wrong if the attachment is to one of ``accounts``. The network of another team is in its
    owner's account.
    """
    named = {account.id: name for name, account in settings.accounts.items()}
    for index, region in enumerate(settings.regions):
        wanted = settings.account_of(region)
        if region.landing.network is not None:
            continue
        # A given hub may be in another subscription than the landing.
        elsewhere = {
            f"{_prefix(gateway, region)}{link.key}"
            for link in region.chosen_links
            if link.hub is not None and link.hub.hub_id is not None
        }
        for network in live.networks.get(region.key, ()):
            ours = _ours(gateway, region, attachments.get(network.id, ()))
            there = _account_of([one for one in ours if one["name"] not in elsewhere])
            if there is None or (wanted is None and there not in named):
                continue
            if wanted is None or wanted.id != there:
                other = f"account {wanted.id}" if wanted else "the ambient account"
                wrong = (
                    f"would move {region.key} from account {there}, where its landing is live, to "
                    f"{other}: its network and links would be deleted and created again"
                )
                remedy = (
                    f"write account: {named[there]}"
                    if there in named
                    else f"name the account {there}"
                )
                remedy += (
                    ", or delete the region from regions, run `pulumi up`, and add it again: it "
                    "does not serve in the meantime"
                )
                path: Path = ("regions", index, "account")
                yield Problem(path, wrong, remedy, region.account or ABSENT)
                break


def link_problems(
    gateway: str, settings: Settings, live: Live, attachments: Attachments
) -> Iterator[Problem]:
    """Every live link that would change its kind, or give way to a link that excludes it.

    Two links that exclude each other cannot both exist: the second could be created only after the
    first is deleted, and the gateway would not reach the landing in the meantime.
    """
    for deleted in _deleted(gateway, settings, live, attachments):
        reason = deleted.conflict
        if reason is None:
            continue
        link, region = deleted.link, settings.regions[deleted.index]
        others = ", ".join(_link_words(one) for one in region.chosen_links)
        wrong = (
            f"would change {region.key} from {_link_words(link)}, over which it is live, to "
            f"{others}; {reason}"
        )
        remedy = (
            f"write links: {yaml_inline(_link_yaml(link))}, or delete the region from regions, run "
            "`pulumi up`, and add it again: it does not serve in the meantime"
        )
        yield Problem(("regions", deleted.index, "links"), wrong, remedy)


def link_warnings(
    gateway: str, settings: Settings, live: Live, attachments: Attachments
) -> Iterator[Problem]:
    """Every live link that would be deleted, and that no other link replaces."""
    for deleted in _deleted(gateway, settings, live, attachments):
        if deleted.conflict is not None:
            continue
        link, region = deleted.link, settings.regions[deleted.index]
        kept = ", ".join(_link_words(one) for one in region.chosen_links)
        wrong = f"would delete {_link_words(link)}, over which {region.key} is live"
        remedy = (
            f"make sure that {kept} reaches everything that the gateway calls, or write it again: "
            f"{yaml_inline(_link_yaml(link))}"
        )
        yield Problem(("regions", deleted.index, "links"), wrong, remedy)


@dataclass(frozen=True)
class _Deleted:
    """A live link that the settings do not have."""

    index: int
    """The place of its region in the settings."""
    link: LinkChoice
    conflict: str | None
    """Why a link of the settings cannot be created beside it; None if all can."""


def _deleted(
    gateway: str, settings: Settings, live: Live, attachments: Attachments
) -> Iterator[_Deleted]:
    for index, region in enumerate(settings.regions):
        wanted = {link.key: link for link in region.chosen_links}
        seen: set[str] = set()
        for network in live.networks.get(region.key, ()):
            for link in _links(gateway, region, attachments.get(network.id, ())):
                same = wanted.get(link.key)
                if link.key in seen or (same is not None and same.kind == link.kind):
                    continue
                seen.add(link.key)
                yield _Deleted(index, link, _conflict(link, wanted))


def _conflict(link: LinkChoice, wanted: Mapping[str, LinkChoice]) -> str | None:
    if link.key in wanted:
        return "a link keeps its kind"
    return next(filter(None, (link.conflict(one) for one in wanted.values())), None)


_KINDS: Mapping[str, LinkKind] = {
    "aws-transit-gateway-attachment": LinkKind.TRANSIT_GATEWAY,
    "aws-vpc-peering-attachment": LinkKind.VPC_PEERING,
    "aws-resource-endpoint-attachment": LinkKind.RESOURCE_ENDPOINT,
    "azure-vnet-peering-attachment": LinkKind.VNET_PEERING,
    "azure-vhub-peering-attachment": LinkKind.VIRTUAL_HUB,
    "gcp-vpc-peering-attachment": LinkKind.VPC_PEERING,
}
"""The kind of a link by the kind of Konnect's attachment."""


def _links(
    gateway: str, region: Region, attachments: Sequence[Mapping[str, Any]]
) -> Iterator[LinkChoice]:
    """The live links of a region, from the attachments that the gateway created."""
    prefix = _prefix(gateway, region)
    for attachment in _ours(gateway, region, attachments):
        config = attachment.get("transit_gateway_attachment_config") or {}
        if kind := _KINDS.get(str(config.get("kind"))):
            yield LinkChoice(str(attachment["name"]).removeprefix(prefix), kind)


def _ours(
    gateway: str, region: Region, attachments: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The attachments that the gateway created, by their names. Others are made by hand."""
    prefix = _prefix(gateway, region)
    return [one for one in attachments if str(one.get("name", "")).startswith(prefix)]


def _prefix(gateway: str, region: Region) -> str:
    """What the names of a region's attachments begin with; the key of the link follows."""
    return f"{gateway}-{region.key}-"


def _link_words(link: LinkChoice) -> str:
    return link.key if link.key == link.kind else f"{link.key} ({link.kind})"


def _link_yaml(link: LinkChoice) -> dict[str, dict[str, str]]:
    return {link.key: {} if link.key == link.kind else {"kind": link.kind.value}}


def _account_of(attachments: Sequence[Mapping[str, Any]]) -> str | None:
    """The customer's account in the configuration of the first attachment that names one."""
    for attachment in attachments:
        config = attachment.get("transit_gateway_attachment_config") or {}
        if arn := config.get("ram_share_arn"):
            return account_of(str(arn))
        for key in ("peer_account_id", "subscription_id", "peer_project_id"):
            if key in config:
                return str(config[key]).lower()
    return None
