"""Mechanisms with no HR word: errors, workflow, journal, encryption, files, calendar. Imports nothing of ours."""
