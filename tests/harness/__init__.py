"""What the tests run beside themselves."""
