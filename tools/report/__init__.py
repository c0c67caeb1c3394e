"""Reports of a preview for people: a summary for the terminal and a page for a pull request.

    preview = Preview.read(Path("events.jsonl"))
    console.print(summary(preview))
    write_page(preview, Path("report.html"), stack="prod")
    sys.exit(0 if preview.may_be_applied else 1)

The engine writes the file with `pulumi preview --event-log events.jsonl`. The flag exists only if
`PULUMI_DEBUG_COMMANDS` is `true`. Only this file has the plan, the policy results and the messages
together, with secrets already blanked by the engine.
"""

from __future__ import annotations

from tools.report.events import EventLogError
from tools.report.page import write_page
from tools.report.preview import Preview
from tools.report.summary import summary

__all__ = ["EventLogError", "Preview", "summary", "write_page"]
