"""The data section: sources, splits and scaling."""
