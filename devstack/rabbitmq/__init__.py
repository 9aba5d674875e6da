"""Private RabbitMQ: which one is run, and how."""
