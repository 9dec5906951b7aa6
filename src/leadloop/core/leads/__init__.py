"""The lead: what it is, how a patch changes it, and the use cases around it."""
