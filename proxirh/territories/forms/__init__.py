"""Forms of the pages by which colleagues are helped and an académie is run."""
