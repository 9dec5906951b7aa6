"""The two engines behind `core.ports.Store`, and what they share. Nothing outside knows SQL."""
