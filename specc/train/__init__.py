"""Losses, optimizers and metrics: one small class each."""
