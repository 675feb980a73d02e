import type { Verdict } from '../../../../../src/figures/verdicts.ts';

const standings = { good: 'as it should be', doubtful: 'in doubt', bad: 'not so' };

/** What tests say, each with what was tested. */
export function Verdicts({ verdicts }: { verdicts: readonly Verdict[] }) {
  return (
    <ul class="verdicts">
      {verdicts.map(({ name, standing, sentence, tested }) => (
        <li key={name} class={`verdict-${standing}`}>
          <h3>
            {name} <span class="verdict-standing">{standings[standing]}</span>
          </h3>
          <p>{sentence}</p>
          <p class="verdict-tested">{tested}</p>
        </li>
      ))}
    </ul>
  );
}
