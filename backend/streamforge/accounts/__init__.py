"""Who may do what: tenants, API keys and room tokens. It knows neither HTTP nor sockets."""
