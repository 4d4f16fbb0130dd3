"""From the body of a model to its graph."""
