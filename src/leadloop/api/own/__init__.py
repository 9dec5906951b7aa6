"""leadloop's own resources under `/api/v1`: what no vendor publishes."""
