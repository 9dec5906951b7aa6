"""The contenders: each brings up one system, loaded with the same leads, and lets it be asked."""
