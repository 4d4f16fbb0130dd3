"""From the syntax tree to the IR: names, arguments, arithmetic, blocks, shapes, sections."""
