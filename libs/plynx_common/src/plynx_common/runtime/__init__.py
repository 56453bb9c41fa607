"""What every service needs to run: settings, backends, consumer loop, logs, telemetry."""
