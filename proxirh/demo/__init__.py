"""Personas, demonstration mailbox and data generator; absent outside demo mode."""
