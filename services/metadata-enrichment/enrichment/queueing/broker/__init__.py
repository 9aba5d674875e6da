"""The connection to RabbitMQ: deliveries, frames, permissions."""
