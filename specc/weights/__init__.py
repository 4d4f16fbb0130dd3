"""Weights in files: drawn, shown, compared, and moved between frameworks."""
