"""Académies, départements, sites, teams, coverage, postings, work ties; Actor."""
