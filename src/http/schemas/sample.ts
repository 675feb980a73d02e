import { Type } from 'typebox';

export const seedRange = { minimum: 0, maximum: 2 ** 32 - 1 };
export const temperatureRange = { minimum: 0, maximum: 10 };

/** How rows are drawn. */
export const sampleProperties = {
  n: Type.Integer({ minimum: 1, default: 100, description: 'How many rows', examples: [10] }),
  seed: Type.Integer({ ...seedRange, default: 0 }),
  temperature: Type.Number({
    ...temperatureRange,
    default: 1,
    description:
      'By how much the base’s numbers are scaled about its centre before they become rows: below 1 for more typical rows, above 1 for rarer ones. Of a mixture it scales within the component; a uniform base has no room above 1. Categories, and what is missing, keep their probabilities, and bounds hold',
  }),
};
