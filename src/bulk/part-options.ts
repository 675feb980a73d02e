import { Type } from 'typebox';

/** What a job keeps of how rows are to be judged or drawn. */
export const anomalyOptions = Type.Object({ alpha: Type.Number() });

export const sampleOptions = Type.Object({
  seed: Type.Integer(),
  temperature: Type.Number(),
  /** The value of each context column. */
  context: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()])),
});
