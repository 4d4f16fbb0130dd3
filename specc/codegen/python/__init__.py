"""Python as text: expressions, names, the layout of statements."""
