"""The LeadSail dialect: `/api/v1/…` (contract: leadsail.md)."""
