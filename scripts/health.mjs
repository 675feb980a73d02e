// Whether the service in this container is alive, for the container's health check: plain JavaScript that reads nothing else, since
// it is run every few seconds.
const { ROLE, PORT, PROBE_PORT } = process.env;
const port = ROLE === 'worker' ? PROBE_PORT : PORT;
const ask = async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
// A worker without a port for probes is alive as long as its process is.
const isAlive = port ? await ask().catch(() => false) : ROLE === 'worker';
process.exit(isAlive ? 0 : 1);
