"""The composition root and the command line of Creator Pulse."""
