import type { Command } from 'commander';
import { Pushforward } from '../pushforward.ts';

/** What all commands are told. */
export interface Common {
  readonly client: Pushforward;
  readonly isJson: boolean;
}

export function commonOf(command: Command): Common {
  const { url, key, json = false } = command.optsWithGlobals<{ url: string; key?: string; json?: boolean }>();
  return { client: new Pushforward({ url, apiKey: key || undefined }), isJson: json };
}
