"""The projections of a lead: one module each, with pure functions of the lead. Imports the core only."""
