"""The model part of a script: the plan of its scopes, forms of blocks, lowered items, its body."""
