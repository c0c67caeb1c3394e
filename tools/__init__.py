"""The project's commands, and the tools that install and run its pinned Pulumi engine."""
