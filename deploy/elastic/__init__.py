"""What users of a full Elastic cluster import: dashboards for Kibana, roles, API keys."""
