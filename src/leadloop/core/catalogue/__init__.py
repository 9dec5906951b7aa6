"""The catalogue: the units, users, products and other things of an account that its leads refer to."""
