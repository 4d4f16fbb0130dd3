"""What to say of a mistake, and what was probably meant."""
