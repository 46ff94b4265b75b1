"""Reading past registers."""
