"""From text to syntax tree: tokens, brackets, a walk of the LALR table, nodes, and what goes wrong there."""
