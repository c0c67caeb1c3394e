"""How the project gets its pinned Pulumi engine and how its commands run."""
