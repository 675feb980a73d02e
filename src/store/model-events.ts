import type { ModelEventType, Prisma } from './client/client.ts';
import { type JsonObject, jsonObject, toJson } from './json.ts';
import { announce } from './news.ts';
import { executeIn } from './transaction.ts';

/** Something that happened to a model; its sequence numbers rise by one, from 1. */
export interface ModelEvent {
  readonly sequence: number;
  readonly type: ModelEventType;
  readonly data: JsonObject;
  readonly createdAt: Date;
}

/** A long training would otherwise fill the database; who follows it from the start still sees where it stands. */
export const keptProgressEvents = 500;

/** Writes an event in the transaction that made it happen, tells whoever follows the model, and forgets the oldest progress. */
export async function appendEvent(
  tx: Prisma.TransactionClient,
  modelId: string,
  sequence: number,
  event: { readonly type: ModelEventType; readonly data: object },
): Promise<void> {
  await tx.modelEvent.create({ data: { modelId, sequence, type: event.type, data: toJson(event.data) } });
  await announce(executeIn(tx), { what: 'model.event', id: modelId });
  if (event.type === 'progress')
    await tx.modelEvent.deleteMany({
      where: { modelId, type: 'progress', sequence: { lte: sequence - keptProgressEvents } },
    });
}

/** The events of the one model that `where` fits, after the sequence number `after`, in order. */
export async function eventsAfter(
  tx: Prisma.TransactionClient,
  { id: modelId, ...where }: { id: string; owner?: string },
  after: number,
): Promise<ModelEvent[]> {
  const rows = await tx.modelEvent.findMany({
    where: { modelId, model: where, sequence: { gt: after } },
    orderBy: { sequence: 'asc' },
  });
  return rows.map(({ sequence, type, data, createdAt }) => ({ sequence, type, data: jsonObject(data), createdAt }));
}
