import { elsewhere, passedOn, type Variable } from './elsewhere.ts';
import { limits } from './limits.ts';
import type { RoleName, Setting, Settings } from './setting.ts';
import { access, service, shutdown, storage, traces, work } from './settings.ts';

const head = `# Configuration

Environment variables, all optional. One that is empty counts as not set; a wrong value stops the start with one line that names it, its
value and what was expected. Under *of* stands which role a variable concerns where it is not both; \`ROLE=all\` is both.

This page is made from [src/config](../src/config) by \`npm run config-docs\`.
`;

const sections: readonly [title: string, settings: Settings][] = [
  ['The process', service],
  ['Where things are kept', storage],
  ['Work', work],
  ['Access', access],
  ['Stopping', shutdown],
  ['Traces', traces],
];

const aboutLimits = `Bounds on what may be asked for; [limits.md](limits.md) says how they are held, and which are fixed. The error that a limit causes
names it.`;

/** The configuration reference, as Markdown. */
export function configReference(): string {
  const tables = sections.flatMap(([title, settings]) => [`## ${title}`, settingsTable(settings)]);
  const parts = [...tables, '## Limits', aboutLimits, limitsTable(limits)];
  const others = [passedOn, ...elsewhere].flatMap(({ title, variables }) => [`## ${title}`, variablesTable(variables)]);
  return [head.trimEnd(), ...parts, ...others, ''].join('\n\n').trimEnd().concat('\n');
}

const settingsTable = (settings: Settings) =>
  table(['variable', 'default', 'expected', 'of', ''], Object.values(settings).map(settingRow));

function settingRow({ name, otherwise = '', expected, roles, about }: Setting<unknown>): string[] {
  return [`\`${name}\``, otherwise, expected, inWords(roles), about];
}

const limitsTable = (settings: Settings) =>
  table(
    ['variable', 'default', 'expected', 'what it bounds', 'answer'],
    Object.values(settings).map(({ name, otherwise = '', expected, about, answer = '' }) => [
      `\`${name}\``,
      otherwise,
      expected,
      about,
      answer,
    ]),
  );

const variablesTable = (variables: readonly Variable[]) =>
  table(
    ['variable', ''],
    variables.map(([names, about]) => [names.map((name) => `\`${name}\``).join(', '), about]),
  );

const inWords = (roles: readonly RoleName[] | undefined) => roles?.join(', ') ?? '';

function table(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |');
  return [line(names), `|${'---|'.repeat(names.length)}`, ...rows.map(line)].join('\n');
}
