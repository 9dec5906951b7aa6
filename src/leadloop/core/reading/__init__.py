"""What pages read of leads, composed from what the store has."""
