"""What all of the binder stands on: scopes, signatures, the graph, reports, arithmetic."""
