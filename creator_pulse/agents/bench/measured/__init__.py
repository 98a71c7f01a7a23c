"""What ``pulse bench`` measures: one module a name."""
