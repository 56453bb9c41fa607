"""The wire: every message, exchange, queue and routing key."""
