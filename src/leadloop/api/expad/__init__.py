"""The Expad dialect: `/v1/account/{accountId}/…` (contract: expad.md)."""
