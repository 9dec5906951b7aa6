"""The lead: its data model, how a patch changes it, and how it is matched and rebuilt from its changes."""
