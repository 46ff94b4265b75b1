"""Forms of asking, of the author’s space and of the desk."""
