"""leadloop's own resources under `/api/v1`, which no vendor's API has."""
