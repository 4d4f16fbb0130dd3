"""Reads `data { }` and `train { }`, and holds them against the model."""
