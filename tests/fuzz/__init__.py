"""Networks drawn at random from the registry and the language, and what becomes of them."""
