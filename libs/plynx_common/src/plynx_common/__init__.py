"""The vocabulary that every PLynx service shares: domain, messages, seams, adapters, runtime."""
