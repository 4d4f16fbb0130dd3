"""Losses, optimizers, metrics and initializers: the terms of the `train` section."""
