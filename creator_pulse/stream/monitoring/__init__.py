"""Generators of everything under ``grafana/``, from the declarations of the catalogue."""
