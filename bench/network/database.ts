/** A PostgreSQL on this machine's addresses, which are its arguments after a directory; it says its port, and stops with SIGTERM. */
import { once } from 'node:events';
import { Cluster } from '../chaos/cluster.ts';

const [directory, ...addresses] = process.argv.slice(2);
const cluster = await Cluster.create(directory, addresses);
console.log(`listening on ${new URL(cluster.databaseUrl).port}`);
const alive = setInterval(() => {}, 60_000);
await once(process, 'SIGTERM');
clearInterval(alive);
await cluster.stop();
