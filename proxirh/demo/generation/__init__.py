"""Invented people, places and enquiries in the proportions of the founding document: demonstration and bench."""
