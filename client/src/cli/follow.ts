import type { ModelEvent } from '../events.ts';
import type { Pushforward } from '../pushforward.ts';
import type { Model, Progress } from '../types.ts';
import { createBar } from './bar.ts';
import { count, duration } from './format.ts';
import { interruptible } from './interrupt.ts';
import { note } from './output.ts';

interface Followed {
  readonly isJson: boolean;
  onEvent?(event: ModelEvent): Promise<void>;
}

/** Shows a training until it ends, and says what came of it. Ctrl-C ends the showing alone. Throws where it fails or is cancelled. */
export async function follow(client: Pushforward, id: string, { isJson, onEvent }: Followed): Promise<Model> {
  const bar = createBar(process.stderr);
  try {
    const left = `The training goes on; to come back to it:\n  pushforward watch ${id}`;
    await interruptible(left, async (signal) => {
      for await (const event of client.models.watch(id, { signal })) {
        if (event.type === 'progress') bar.update(...shown(event.data));
        else bar.update(undefined, event.data.status);
        await onEvent?.(event);
      }
    });
  } finally {
    bar.close();
  }
  // It has ended: this tells how.
  const model = await client.models.wait(id);
  if (!isJson) note(summary(model));
  return model;
}

function shown({ step, steps, ...progress }: Progress): [number | undefined, string] {
  const { validationLogProb, gaussianValidationLogProb, etaSeconds } = progress;
  const texts = [
    typeof step === 'number' && `step ${count(step)}${typeof steps === 'number' ? ` of ${count(steps)}` : ''}`,
    typeof validationLogProb === 'number' &&
      `validation ${validationLogProb.toFixed(3)} nats${overGaussian(validationLogProb, gaussianValidationLogProb)}`,
    typeof etaSeconds === 'number' && `${duration(etaSeconds)} left`,
  ];
  const part = typeof step === 'number' && typeof steps === 'number' && steps > 0 ? step / steps : undefined;
  return [part, texts.filter(Boolean).join(', ')];
}

/** How a log-likelihood stands to the floor that a flow has to clear. */
function overGaussian(logProb: number, gaussian: number | null | undefined): string {
  if (typeof gaussian !== 'number') return '';
  const difference = logProb - gaussian;
  return ` (${Math.abs(difference).toFixed(3)} ${difference < 0 ? 'under' : 'over'} a Gaussian)`;
}

function summary({ name, version, metrics, warnings }: Model): string {
  const { testLogProb, gaussianTestLogProb } = metrics ?? {};
  const judged =
    typeof testLogProb === 'number'
      ? `: test log-likelihood ${testLogProb.toFixed(3)} nats a row${overGaussian(testLogProb, gaussianTestLogProb)}`
      : '';
  return [`${name}, version ${version}, is ready${judged}`, ...warnings.map((warning) => `warning: ${warning}`)].join(
    '\n',
  );
}
