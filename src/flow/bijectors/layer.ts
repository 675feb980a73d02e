import type { Static, TObject } from 'typebox';
import type { RandomStream } from '../random/stream.ts';
import type { Bijector } from './bijector.ts';

/** The rows that a layer works on. */
export interface LayerSize {
  readonly columns: number;
  /** Columns that a conditional flow is conditioned on; 0 for none. */
  readonly context: number;
}

/** What a layer needs to know of the flow it stands in, to be resolved. */
export interface LayerPlace extends LayerSize {
  /** Whether rows may lack some columns. */
  readonly missing: boolean;
  /** For what a layer draws once and keeps, such as a random order of columns. */
  readonly random: RandomStream;
}

/**
 * A type of layer that a flow spec may name: how it is written in JSON, and the bijector that it stands for.
 * To add one, write its file and list it in `layers.ts`.
 */
export interface LayerType<Schema extends TObject = TObject> {
  /** The value of `type` in the spec. */
  readonly type: string;
  readonly summary: string;
  /**
   * Whether rows may lack some columns: the layer keeps columns apart, but for what conditions them, and leaves those that
   * are missing (`Scope.observed`) at 0.
   */
  readonly allowsMissing?: true;
  /** All keys but `type`, with their defaults. */
  readonly schema: Schema;
  /**
   * Checks what a schema cannot say (SpecError with a path below `path`), and fills in what a spec leaves to chance or to
   * the number of columns, so that the result says everything.
   */
  resolve?(spec: Static<Schema>, place: LayerPlace, path: string): Static<Schema>;
  build(spec: Static<Schema>, size: LayerSize): Bijector;
}

/** States a layer type; its schema gives the type of the spec that `resolve` and `build` receive. */
export function layerType<Schema extends TObject>(layer: LayerType<Schema>): LayerType<Schema> {
  return layer;
}
