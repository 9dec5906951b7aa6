"""The HTTP rim: keys, bodies, preferences, and one package for each dialect."""
