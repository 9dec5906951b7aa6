"""What follows from a lead: one module for each projection, each a pure `rows(lead)`. Imports the core only."""
