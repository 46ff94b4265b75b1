"""Measures the pages against the bare Django floor: `make bench`. Development only; the service never imports it."""
