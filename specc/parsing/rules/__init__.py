"""The rules of `specc.syntax_errors`, by what they are about."""
