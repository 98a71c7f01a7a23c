"""The live board: the generated dashboards, drawn in a browser without Grafana."""
