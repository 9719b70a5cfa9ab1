"""The broker of tasks: a Valkey of its own that keeps what it took, or RabbitMQ."""
