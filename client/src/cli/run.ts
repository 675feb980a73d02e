import { CommanderError } from 'commander';
import { PushforwardError } from '../error.ts';
import { Interrupted } from './interrupt.ts';
import { createProgram } from './program.ts';

/** What the command ends with. */
const exitCodes = { done: 0, error: 1, usage: 2, interrupted: 130 } as const;

/** Does what the arguments ask for, and returns the exit code. */
export async function run(argumentList: readonly string[]): Promise<number> {
  const program = createProgram();
  try {
    await program.parseAsync(argumentList, { from: 'user' });
    return exitCodes.done;
  } catch (thrown) {
    // It has said what is wrong, or what was asked for.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (thrown instanceof Interrupted) {
      process.stderr.write(`${thrown.message}\n`);
      return exitCodes.interrupted;
    }
    process.stderr.write(program.opts()['json'] === true ? asJson(thrown) : inWords(thrown));
    return exitCodes.error;
  }
}

function inWords(thrown: unknown): string {
  if (!(thrown instanceof PushforwardError)) return `pushforward: ${messageOf(thrown)}\n`;
  const { detail, errors } = thrown;
  // Of one fault the detail tells all.
  const faults = errors.length > 1 || !errors.every(({ message }) => detail.includes(message)) ? errors : [];
  const lines = faults.map(({ path, message }) => `  ${path}: ${message}`);
  return `${[`pushforward: ${detail}`, ...lines, ...advice(thrown)].join('\n')}\n`;
}

function advice({ status, code }: PushforwardError): string[] {
  if (status === 401) return ['Give a key that the service knows by PUSHFORWARD_API_KEY, or --key.'];
  if (code === 'unreachable') return ['Say where it is by PUSHFORWARD_URL, or --url.'];
  return [];
}

function asJson(thrown: unknown): string {
  const { status, code, detail, errors } =
    thrown instanceof PushforwardError
      ? thrown
      : { status: undefined, code: 'error', detail: messageOf(thrown), errors: [] };
  return `${JSON.stringify({ status, code, detail, errors })}\n`;
}

const messageOf = (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown));
