"""The domain: leads, changes, accounts and keys as pure values. No HTTP, no SQL, no vendor's word."""
