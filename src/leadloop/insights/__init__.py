"""Insights: figures of an account's leads by salesperson, product, stage, source, type and campaign provider."""
