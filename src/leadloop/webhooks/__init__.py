"""Webhooks: which endpoints are told of a change, what they are told, and how each telling gets there."""
