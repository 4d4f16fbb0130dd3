"""Works out values, and binds the arguments of calls."""
