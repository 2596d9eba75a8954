"""What Largesse knows and decides: tables and rules, without a web server, a queue or a provider's wire."""
