"""What is kept about someone, until when, and how it goes."""
