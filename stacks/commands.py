"""The make commands that messages name: each works as it is printed, in the checkout's folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

import pulumi

CHECKOUT: Final = Path(__file__).resolve().parents[1]
"""The folder of the project's Makefile."""

_BARE: Final = re.compile(r"`make ([a-z-]+)((?: [A-Z]+=[^ `]+)*)`")
"""A command in a text, with the target and the variables that it has already."""


def make_command(
    target: str, stack: str, project: Path | None = None, variables: str = "", **more: str
) -> str:
    """A command for a stack: ``make addresses STACK=prod PROJECT=examples/fabric RELEASE=fabric``.

    ``project`` is the folder of the stack's Pulumi project, absolute or relative to the checkout;
    None for the checkout itself. ``variables`` is text that is already written, and ``more`` are
    further variables of make.
    """
    folder = (CHECKOUT / (project or "")).resolve()
    if folder == CHECKOUT:
        named = ""
    elif folder.is_relative_to(CHECKOUT):
        named = str(folder.relative_to(CHECKOUT))
    else:
        named = str(folder)
    values = {"STACK": stack, "PROJECT": named, **more}
    words = [f"{name}={shlex.quote(value)}" for name, value in values.items() if value]
    return " ".join([f"make {target}", *words, *variables.split()])


def committed_command(target: str, stack: str, project: Path) -> str:
    """A command for a committed file: it names no folder outside of the checkout.

    Such a folder has another path on each machine.
    """
    inside = (CHECKOUT / project).resolve().is_relative_to(CHECKOUT)
    return make_command(target, stack, project if inside else None)


def completed(text: str, stack: str, project: Path | None = None, **more: str) -> str:
    """A text in which each make command in backquotes names the stack.

    So a check may write ``run `make up` `` and need not know the stack. Arguments are those of
    ``make_command``.
    """
    return _BARE.sub(
        lambda found: f"`{make_command(found[1], stack, project, found[2], **more)}`", text
    )


def running_project() -> Path | None:
    """The folder of the Pulumi project whose program runs; None outside of programs."""
    # The engine names it by its whole path. Without a program it is a placeholder of the SDK.
    folder = Path(pulumi.get_root_directory() or "")
    return folder if folder.is_absolute() else None
