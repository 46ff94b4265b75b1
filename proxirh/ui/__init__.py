"""Design system: page, header, form base, components; no model."""
