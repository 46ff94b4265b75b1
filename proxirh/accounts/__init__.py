"""People and their ways in: addresses, identities, codes, sign-in."""
