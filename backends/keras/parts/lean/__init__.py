"""Parts of lean scripts that need the framework."""
