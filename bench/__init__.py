"""The benchmarks of leadloop against its peers: see README.md in this directory."""
