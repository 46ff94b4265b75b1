"""Kinds of notice, what each person wants of them, and the one mail that gathers a day."""
