"""The local stack: a real Kafka, Redis, Prometheus and Alertmanager as child processes of one command."""
