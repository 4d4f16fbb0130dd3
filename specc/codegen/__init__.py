"""From the IR to files: plan, expressions, lowering and writing."""
