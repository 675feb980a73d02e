/** What sockets, PostgreSQL and Prisma call a database that is not there just now. */
const codes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  // It shuts down, has crashed, or starts; it has too many connections.
  ...['57P01', '57P02', '57P03', '53300'],
  // Not reached, or not in time; closed; no connection of the pool got free; a transaction was lost or not begun.
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037'],
]);

/** PostgreSQL's client has no codes for these. */
const messages =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed)/;

/** Whether the same may succeed once the database is back: the error, or what caused it, is that it cannot be reached. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return isDriverCause(error);
  if ('code' in error && typeof error.code === 'string') {
    // Without a system call it is another connection's: that of a client who went away. Prisma, who has the database's alone, names none.
    const isOthers = error.code.startsWith('E') && !('syscall' in error || 'clientVersion' in error);
    if ((codes.has(error.code) || error.code.startsWith('08')) && !isOthers) return true;
  }
  if (messages.test(error.message)) return true;
  return causesOf(error).some(isUnavailable);
}

/** Prisma's adapter says in an object what the driver said. */
function isDriverCause(cause: unknown): boolean {
  if (typeof cause !== 'object' || cause === null) return false;
  if ('originalCode' in cause && typeof cause.originalCode === 'string')
    return codes.has(cause.originalCode) || cause.originalCode.startsWith('08');
  return 'kind' in cause && ['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout'].includes(String(cause.kind));
}

function causesOf(error: Error): unknown[] {
  const nested = error instanceof AggregateError ? error.errors : [];
  const pair = error instanceof SuppressedError ? [error.error, error.suppressed] : [];
  const driver = 'meta' in error && error.meta instanceof Object && 'driverAdapterError' in error.meta;
  return [error.cause, ...nested, ...pair, ...(driver ? [Object(error.meta).driverAdapterError] : [])];
}
