"""Webhooks: which endpoints receive a change, the bodies they receive, and how each delivery reaches them."""
