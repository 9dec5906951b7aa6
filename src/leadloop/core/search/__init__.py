"""The search language: reading a query into a tree, folding of words, and which leads a tree finds. Pure."""
