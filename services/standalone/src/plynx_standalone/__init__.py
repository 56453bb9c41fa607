"""Every PLynx service in one process: the platform on a laptop."""
