"""The two engines behind `core.store.Store`, and the code they share. No code outside contains SQL."""
