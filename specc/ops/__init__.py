"""The layers of the language: one class each, with fields, shapes and counts."""
