"""Home page of each role, health probes, public pages; no model."""
