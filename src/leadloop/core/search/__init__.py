"""The search language: parsing a query into a tree, folding words, and matching leads. Pure."""
