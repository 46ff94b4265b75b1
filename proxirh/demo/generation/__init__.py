"""Invented people, places and enquiries, in the proportions of the founding document, for the demonstration and the bench."""
