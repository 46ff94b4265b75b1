"""What committees and coordinators see: figures, never a case."""
