"""REST and websocket front door of PLynx."""
