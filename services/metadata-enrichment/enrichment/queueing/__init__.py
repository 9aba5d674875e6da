"""Messages in and out: the topology, the consumer, the publisher, the scheduler."""
