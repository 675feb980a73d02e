import { type Static, Type } from 'typebox';
import type { LivingProcess } from '../../store/processes.ts';
import { timeSchema } from './common.ts';

export const workerSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    host: Type.String(),
    pid: Type.Integer({ description: 'The number of the process on its host' }),
    role: Type.String({ description: '`api`, `worker` or `all`' }),
    threads: Type.Object({ training: Type.Integer(), inference: Type.Integer() }),
    memory: Type.Object(
      { bytes: Type.Number(), takenBytes: Type.Number() },
      { description: 'What it has for trainings, and what those that it trains are counted with' },
    ),
    doing: Type.Record(Type.String(), Type.Integer(), {
      description: 'How many trainings, flows of trainings that other processes do, and parts of bulk jobs it does now',
    }),
    startedAt: timeSchema,
    heardAt: Type.String({ format: 'date-time', description: 'When it was last heard of; at least every few seconds' }),
  },
  { description: 'A process of the service' },
);

export const workersSchema = Type.Object(
  { items: Type.Array(workerSchema, { description: 'The oldest first' }) },
  {
    description: 'The processes that were heard of within 15 seconds',
    examples: [
      {
        items: [
          {
            id: '01930000-0000-4000-8000-000000000000',
            host: 'node-1',
            pid: 4711,
            role: 'worker',
            threads: { training: 2, inference: 2 },
            memory: { bytes: 12884901888, takenBytes: 536870912 },
            doing: { training: 1, legs: 1, bulk: 2 },
            startedAt: '2030-01-01T00:00:00.000Z',
            heardAt: '2030-01-01T00:10:00.000Z',
          },
        ],
      },
    ],
  },
);

export function toWorkerBody(living: LivingProcess): Static<typeof workerSchema> {
  const { id, host, pid, role, doing, startedAt, heardAt } = living;
  return {
    ...{ id, host, pid, role },
    threads: { training: living.trainingThreads, inference: living.inferenceThreads },
    memory: { bytes: living.memoryBytes, takenBytes: living.memoryTakenBytes },
    doing: { ...doing },
    startedAt: startedAt.toISOString(),
    heardAt: heardAt.toISOString(),
  };
}
