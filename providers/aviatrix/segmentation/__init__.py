"""Network domains: which attachments of transit gateways reach each other."""
