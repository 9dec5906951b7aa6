"""The contenders: each starts one system, loads it with the same leads and sends it requests."""
