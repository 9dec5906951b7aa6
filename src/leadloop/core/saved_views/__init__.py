"""Saved views: searches of leads with a name, a sort and columns, of one person or shared in the account."""
