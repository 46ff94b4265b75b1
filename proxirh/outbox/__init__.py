"""Mail rows, their sender and dead letters; no HR word."""
