"""Cloud Gateways API, `/v2/cloud-gateways/`: networks, configurations, attachments, add-ons."""
