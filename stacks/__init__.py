"""Environments: a stack file for each, the model of its settings, and its stack outputs."""
