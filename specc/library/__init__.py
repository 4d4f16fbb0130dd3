"""Specs that ship with specc: `import "specc:blocks.cnn"` brings in their blocks."""
