import type { FastifyReply } from 'fastify';
import type { ColumnEncoding } from '../../flow/encoding/encoding.ts';
import { isAnomaly, type JudgedRows } from '../../scoring/judged-rows.ts';
import type { Cell } from '../../table/cells.ts';
import type { OutputColumn } from '../../table/write-parquet.ts';
import type { ConformalTest } from '../../training/conformal-test.ts';
import { jsonWithProblems, type RowFormat, rowChunks, sendUnhurried } from './row-formats.ts';

export interface AnomalyAnswer {
  readonly format: RowFormat;
  readonly columns: readonly ColumnEncoding[];
  readonly context: readonly ColumnEncoding[];
  readonly conformal: ConformalTest;
  /** The largest p-value of an anomaly. */
  readonly cutoff: number;
  /** Whether there are explanations. */
  readonly explain: boolean;
  /** Where an answer waits that is not read as fast as the rows arrive. */
  readonly directory: string;
}

type Blocks = AsyncIterable<JudgedRows> | Iterable<JudgedRows>;

/**
 * Streams how rows are judged: as JSON `{threshold, calibrationRows, groups?, results, problems?}`, otherwise a column for each
 * member of a result. What is not a finite number is null; a density of zero is -Infinity in Parquet.
 */
export function sendAnomalies(reply: FastifyReply, answer: AnomalyAnswer, blocks: Blocks) {
  const { format, columns, explain, directory } = answer;
  if (format === 'json') return sendUnhurried(reply, format, jsonText(answer, blocks), { directory });
  const output: OutputColumn[] = [
    { name: 'logProb', type: 'DOUBLE' },
    { name: 'pValue', type: 'DOUBLE' },
    { name: 'anomaly', type: 'BOOLEAN' },
    ...(explain ? ['reference', ...columns.map(({ name }) => `contribution.${name}`)] : []).map(
      (name) => ({ name, type: 'DOUBLE' }) as const,
    ),
  ];
  return sendUnhurried(reply, format, rowChunks(format, output, cells(answer, blocks)), { directory });
}

async function* cells({ format, cutoff, columns }: AnomalyAnswer, blocks: Blocks): AsyncGenerator<Cell[][]> {
  const zeroDensity = format === 'parquet' ? Number.NEGATIVE_INFINITY : null;
  for await (const { logProb, pValues, explanations } of blocks)
    yield Array.from(logProb, (value, row) => [
      value === Number.NEGATIVE_INFINITY ? zeroDensity : finite(value),
      finite(pValues[row]),
      isAnomaly(value, pValues[row], cutoff) ?? null,
      ...(explanations
        ? [explanations.reference[row], ...contributionsOf(explanations, row, columns.length)].map(finite)
        : []),
    ]);
}

function jsonText(answer: AnomalyAnswer, blocks: Blocks) {
  const head = `${JSON.stringify(thresholds(answer)).slice(0, -1)},"results":[`;
  return jsonWithProblems(head, blocks, (block) => results(answer, block).join(','), answer.directory);
}

/** From which log-density on a row is no anomaly, by the calibration rows that it is compared with. */
function thresholds({ conformal, context, cutoff }: AnomalyAnswer) {
  const { calibrationRows, groups } = conformal;
  const categorical = context.filter((column) => column.kind === 'categorical');
  return {
    threshold: finite(conformal.threshold(cutoff)),
    calibrationRows,
    ...(groups.length > 0 && {
      groups: groups.map(({ codes, scores }) => ({
        context: Object.fromEntries(
          categorical.map(({ name, categories }, place) => [name, categories[codes[place]] ?? null]),
        ),
        calibrationRows: scores.length,
        threshold: finite(conformal.threshold(cutoff, scores)),
      })),
    }),
  };
}

function results({ columns, cutoff }: AnomalyAnswer, { logProb, pValues, explanations }: JudgedRows): string[] {
  return Array.from(logProb, (value, row) =>
    JSON.stringify({
      logProb: finite(value),
      pValue: finite(pValues[row]),
      anomaly: isAnomaly(value, pValues[row], cutoff) ?? null,
      ...(explanations && {
        reference: finite(explanations.reference[row]),
        contributions: Number.isFinite(explanations.reference[row])
          ? Object.fromEntries(
              Array.from(contributionsOf(explanations, row, columns.length), (nats, place) => [
                columns[place].name,
                nats,
              ]),
            )
          : null,
      }),
    }),
  );
}

const contributionsOf = (
  { contributions }: NonNullable<JudgedRows['explanations']>,
  row: number,
  columns: number,
): number[] => [...contributions.subarray(row * columns, (row + 1) * columns)];

const finite = (value: number) => (Number.isFinite(value) ? value : null);
