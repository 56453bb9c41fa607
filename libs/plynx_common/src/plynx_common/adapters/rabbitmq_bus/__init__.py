"""The bus over RabbitMQ 3.10 to 4.x, by aiormq, the protocol layer of aio-pika."""

from plynx_common.adapters.rabbitmq_bus.bus import RabbitMQBus

__all__ = ["RabbitMQBus"]
