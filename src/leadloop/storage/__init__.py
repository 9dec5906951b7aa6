"""The two engines behind `core.store.Store`, and what they share. Nothing outside knows SQL."""
