"""Environments: one stack file each, the model of its settings, and what it exports."""
