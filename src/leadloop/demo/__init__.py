"""A year of leads that nobody ever sent: for trying the product, and for measuring it."""
