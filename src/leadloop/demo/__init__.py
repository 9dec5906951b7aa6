"""A year of invented leads, for trying the product and for benchmarks."""
