"""The handlers of pages and actions, by noun. `routes.py` lists them."""
