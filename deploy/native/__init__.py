"""The services of docker-compose.yml as processes of this machine, on native servers: same commands, same environment.

    with NativeServers() as servers, Cluster(directory, servers.variables) as cluster:
        cluster.services["scheduler-1"].kill()

Every method blocks, some for seconds: an async test calls `await asyncio.to_thread(cluster.start)`.
"""
