import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a database that can be cut. */
export interface DatabaseProxy extends AsyncDisposable {
  readonly databaseUrl: string;
  /** Breaks all connections, and takes no new ones until `mend`. */
  cut(): void;
  mend(): Promise<void>;
  /** Cuts as soon as a COMMIT has arrived at the database: it is done, and who asked for it has no answer. Resolves then. */
  cutAfterCommit(): Promise<void>;
}

/** Listens on a port of its own and passes everything on to the database at `databaseUrl`. */
export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const open = new Set<Socket>();
  let committed: (() => void) | undefined;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    let answersCommit = false;
    near.on('data', (bytes) => {
      answersCommit ||= committed !== undefined && bytes.includes('COMMIT');
      far.write(bytes);
    });
    far.on('data', (bytes) => {
      if (!answersCommit) return near.write(bytes);
      cut();
      committed?.();
      committed = undefined;
      return false;
    });
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const cut = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  const url = new URL(databaseUrl);
  url.port = String(port);
  return {
    databaseUrl: url.href,
    cut,
    mend: async () => void (await listen(port)),
    cutAfterCommit: () => new Promise((resolve) => (committed = resolve)),
    async [Symbol.asyncDispose]() {
      cut();
    },
  };
}
