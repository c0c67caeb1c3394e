"""What a preview says, for people: a summary for the terminal and a page for a pull request.

    preview = Preview.read(Path("events.jsonl"))
    console.print(summary(preview))
    write_page(preview, Path("report.html"), stack="prod")
    sys.exit(0 if preview.may_be_applied else 1)

The engine writes the file: `pulumi preview --event-log events.jsonl`, a flag that exists only
while `PULUMI_DEBUG_COMMANDS` is `true`. It is the only place where a plan, its policy results and
its messages are together, and where the engine has already blanked the secrets.
"""

from __future__ import annotations

from tools.report.events import EventLogError
from tools.report.page import write_page
from tools.report.preview import Preview
from tools.report.summary import summary

__all__ = ["EventLogError", "Preview", "summary", "write_page"]
