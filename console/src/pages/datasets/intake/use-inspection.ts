import { useEffect, useState } from 'preact/hooks';
import { type ApiError, toApiError } from '../../../api/problem.ts';
import type { CsvOptions, Inspection } from '../../../api/types.ts';
import { inspect } from '../../../api/upload.ts';
import { type Choice, type Choices, optionsOf } from './choices.ts';
import { type Sample, sampleOf } from './sample.ts';

/** What a file would become, and what its user makes of it. */
export interface FileInspection {
  /** Whether it is too large to be looked at before it is stored. */
  readonly isTooLarge: boolean;
  readonly isWhole: boolean;
  /** What it would be by itself, and with what was chosen. */
  readonly inferred: Inspection | undefined;
  readonly shown: Inspection | undefined;
  readonly error: ApiError | undefined;
  readonly isBusy: boolean;
  readonly choices: Choices;
  readonly csv: CsvOptions;
  choose(name: string, choice: Choice): void;
  /** Has the file read in another way; what was chosen for its columns is forgotten, for they may be others. */
  readAs(csv: CsvOptions): void;
}

const nothingChosen = { choices: new Map<string, Choice>(), csv: {} };
const nothingFound = { inferred: undefined, shown: undefined, error: undefined };

/** Looks at a file, and again whenever something else is said of it; until the answer is there the one before it stays. */
export function useInspection(file: File): FileInspection {
  const [sample, setSample] = useState<Sample>();
  const [isTooLarge, setTooLarge] = useState(false);
  const [chosen, setChosen] = useState<{ choices: Choices; csv: CsvOptions }>(nothingChosen);
  const [found, setFound] = useState<Pick<FileInspection, keyof typeof nothingFound>>(nothingFound);
  const [isBusy, setBusy] = useState(true);
  useEffect(() => {
    sampleOf(file).then(
      (taken) => (taken ? setSample(taken) : setTooLarge(true)),
      (error) => setFound({ ...nothingFound, error: toApiError(error) }),
    );
  }, []);
  useEffect(() => {
    if (!sample) return;
    const { choices, csv } = chosen;
    const ending = new AbortController();
    setBusy(true);
    const columns = choices.size > 0 && found.inferred ? optionsOf(found.inferred.columns, choices) : [];
    inspect({ file: sample.file, columns, csv }, ending.signal).then(
      (shown) => {
        if (ending.signal.aborted) return;
        setBusy(false);
        setFound(({ inferred }) => ({ inferred: choices.size > 0 ? inferred : shown, shown, error: undefined }));
      },
      (error) => {
        if (ending.signal.aborted) return;
        setBusy(false);
        setFound((before) => ({ ...before, error: toApiError(error) }));
      },
    );
    return () => ending.abort();
  }, [sample, chosen]);
  return {
    ...{ ...found, ...chosen, isTooLarge, isBusy, isWhole: sample?.isWhole ?? false },
    choose: (name, choice) => setChosen(({ csv, choices }) => ({ csv, choices: new Map(choices).set(name, choice) })),
    readAs: (csv) => setChosen((before) => ({ choices: nothingChosen.choices, csv: { ...before.csv, ...csv } })),
  };
}
