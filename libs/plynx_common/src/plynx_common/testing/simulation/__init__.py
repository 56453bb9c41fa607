"""Production coroutines on virtual time: one thread, one seed, every fault that the design says it survives."""
