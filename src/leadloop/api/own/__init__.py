"""leadloop's own resources under `/api/v1`, in the LeadSail envelope: what neither vendor publishes."""
