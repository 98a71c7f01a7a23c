"""The library of Creator Pulse: importing it does no I/O."""
