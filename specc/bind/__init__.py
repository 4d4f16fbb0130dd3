"""From the syntax tree to the IR: names, arguments, blocks and values."""
