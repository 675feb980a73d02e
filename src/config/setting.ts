/** A role that a process can have; `all` is both. */
export type RoleName = 'api' | 'worker';

/** A variable of the environment: how it is read, and what is said of it. */
export interface Setting<Value> {
  readonly name: string;
  readonly about: string;
  /** Whom it concerns; nothing said: both. */
  readonly roles?: readonly RoleName[];
  /** What becomes of a request that goes beyond it, where it is a limit. */
  readonly answer?: string;
  /** The values that it may have, in words. */
  readonly expected: string;
  /** What holds where it is not set, in words; undefined: nothing. */
  readonly otherwise: string | undefined;
  /** What `given` means, undefined where the variable is not set or empty. Throws ConfigError, naming the variable, its value and what was expected. */
  read(given: string | undefined): Value;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** What a set of settings comes to when it is read. */
export type Values<Set extends Settings> = {
  readonly [Key in keyof Set]: Set[Key] extends Setting<infer Value> ? Value : never;
};

export type Said = Pick<Setting<unknown>, 'about' | 'roles' | 'answer'>;

/** A wrong environment variable: the message names it, its value and what was expected. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Any text; `read` makes of it what it stands for. */
export function text<Value = string>(
  name: string,
  {
    fallback,
    expected = 'a text',
    read,
    ...said
  }: Said & { fallback: string; expected?: string; read: (given: string) => Value },
): Setting<Value> {
  const otherwise = fallback === '' ? undefined : `\`${fallback}\``;
  return { ...said, name, expected, otherwise, read: (given = fallback) => read(given) };
}

export function choice<Choice extends string>(
  name: string,
  { choices, fallback, ...said }: Said & { choices: readonly Choice[]; fallback: NoInfer<Choice> },
): Setting<Choice> {
  const read = (given: string | undefined): Choice => {
    const value = given ?? fallback;
    const found = choices.find((candidate) => candidate === value);
    if (found === undefined) throw new ConfigError(`${name}=${value}: expected one of ${choices.join(', ')}`);
    return found;
  };
  const expected = choices.map((each) => `\`${each}\``).join(', ');
  return { ...said, name, expected, otherwise: `\`${fallback}\``, read };
}

interface Range {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly unit?: 'bytes' | 'seconds' | 'milliseconds';
}

/** `otherwise` says what the fallback is where it depends on the machine. */
export function integer(
  name: string,
  { fallback, otherwise, ...rest }: Said & Range & { fallback: number; otherwise?: string },
): Setting<number> {
  const { read, ...setting } = optionalInteger(name, rest);
  const usual = rest.unit === 'bytes' ? bytesInWords(fallback) : inWords(fallback);
  return { ...setting, otherwise: otherwise ?? usual, read: (given) => read(given ?? String(fallback)) ?? fallback };
}

export function optionalInteger(
  name: string,
  { minimum = 1, maximum = Number.MAX_SAFE_INTEGER, unit, ...said }: Said & Range,
): Setting<number | undefined> {
  const read = (given: string | undefined) => {
    if (given === undefined) return undefined;
    const number = Number(given);
    if (!/^\d+$/.test(given) || number < minimum || number > maximum)
      throw new ConfigError(`${name}=${given}: expected a whole number from ${minimum} to ${maximum}`);
    return number;
  };
  const most = maximum === Number.MAX_SAFE_INTEGER ? 'or more' : `to ${inWords(maximum)}`;
  const expected = [inWords(minimum), most, unit].filter(Boolean).join(' ');
  return { ...said, name, expected, otherwise: undefined, read };
}

/** It may hold a password, so that an error does not repeat it. */
export function url(
  name: string,
  { protocols, example, ...said }: Said & { protocols: readonly string[]; example: string },
): Setting<string | undefined> {
  const isUsable = (value: string) => URL.canParse(value) && protocols.includes(new URL(value).protocol);
  const read = (given: string | undefined) => {
    if (given !== undefined && !isUsable(given)) throw new ConfigError(`${name}: expected a URL such as ${example}`);
    return given;
  };
  return { ...said, name, expected: `a URL such as \`${example}\``, otherwise: undefined, read };
}

const inWords = (number: number) => number.toLocaleString('en-US', { useGrouping: 'min2' });

function bytesInWords(bytes: number): string {
  const unit = [3, 2, 1].find((power) => bytes % 1024 ** power === 0);
  return unit === undefined ? inWords(bytes) : `${inWords(bytes / 1024 ** unit)} ${['', 'KiB', 'MiB', 'GiB'][unit]}`;
}
