"""From the IR to a script: expressions, the plan of a model's code, and the writing of files."""
