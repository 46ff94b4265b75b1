"""Enquiries: asking, treating, messages, files, facts and counts."""
