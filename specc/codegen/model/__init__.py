"""The model part of a script: the plan of its scopes, forms of blocks, lowered pieces, its body."""
