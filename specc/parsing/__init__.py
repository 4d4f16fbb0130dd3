"""From text to syntax tree: tokens, brackets, a walk of the LALR table, nodes, and their errors."""
