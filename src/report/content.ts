import type { JointDensity } from '../figures/density-map.ts';
import type { ColumnRows, Marginal } from '../figures/marginal-plot.ts';
import type { Metrics } from '../figures/metrics.ts';
import type { ProgressPoint } from '../figures/training-curves.ts';

type Json = string | number | boolean | null | object;

/** All that a report says of a model: plain data, which threads can be handed. */
export interface ReportContent {
  readonly id: string;
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly finishedAt: string | undefined;
  readonly madeAt: string;
  /** Undefined once it is deleted. */
  readonly dataset: { readonly id: string; readonly name: string; readonly rowCount: number } | undefined;
  readonly columns: readonly string[];
  readonly context: readonly string[];
  readonly parameterCount: number | null;
  /** Resolved. */
  readonly flow: Json;
  readonly metrics: Metrics;
  readonly warnings: readonly string[];
  readonly progress: readonly ProgressPoint[];
  readonly densities: ReportDensities;
  /** The body that asks for such a model again. */
  readonly request: Json;
  /** Whether several flows raced, and the service chose. */
  readonly isRace: boolean;
}

export interface ReportDensities {
  readonly marginals: readonly { readonly marginal: Marginal; readonly rows: ColumnRows | undefined }[];
  /** Of the pairs of columns that go together most. */
  readonly joints: readonly JointDensity[];
  /** What the context columns were taken to be, as text, by column. */
  readonly given: Readonly<Record<string, string>>;
  /** How many columns are not among the marginals. */
  readonly leftOut?: number;
  /** Why there are none, where that is so. */
  readonly missing?: string;
}
