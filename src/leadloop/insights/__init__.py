"""What an account's leads are worth: by salesperson, product, stage, source, type and campaign provider."""
