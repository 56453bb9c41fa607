"""What happens right now: facts and log chunks from the bus, fanned out to those who watch."""
