"""The items of a file and of what it imports, params from outside, names without use."""
