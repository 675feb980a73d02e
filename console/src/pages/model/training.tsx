import { useEffect, useRef } from 'preact/hooks';
import { floorOf } from '../../../../src/figures/metrics.ts';
import { answer, api } from '../../api/client.ts';
import type { Progress } from '../../api/events.ts';
import { isUnderWay, type Model } from '../../api/types.ts';
import { Figures } from '../../parts/figures.tsx';
import { compactCount, count, duration, nats } from '../../parts/format.ts';
import { Problem } from '../../parts/notice.tsx';
import { Section } from '../../parts/page.tsx';
import { TrainingCurves } from '../../plots/training-curves.tsx';
import { useAction } from '../../state/use-action.ts';
import { useTraining } from './use-training.ts';

interface TrainingProps {
  readonly model: Model;
  readonly onEnded: () => void;
}

/** A training as it goes on, or as it went. */
export function Training({ model, onEnded }: TrainingProps) {
  const { progress, status = model.status, error } = useTraining(model.id);
  const isLive = isUnderWay(model.status);
  const shown = useRef(model.status);
  useEffect(() => {
    if (status === shown.current) return;
    shown.current = status;
    onEnded();
  }, [status]);
  const latest = progress.at(-1);
  return (
    <Section
      title="Training"
      lead={model.race && 'Several flows race: the curves are those of the one that leads.'}
      actions={isLive && <Cancel id={model.id} />}
    >
      {error && <Problem title="Training cannot be followed" error={error} />}
      {isLive && <Progression status={status} latest={latest} />}
      {latest && <TrainingCurves progress={progress} floor={floorOf(model.metrics)} />}
      {latest && <Latest progress={latest} isLive={isLive} />}
      {!isLive && !latest && <p class="muted">It ended before its first step.</p>}
    </Section>
  );
}

function Progression({ status, latest }: { status: Model['status']; latest: Progress | undefined }) {
  const said = latest
    ? `Step ${count(latest.step)} of at most ${count(latest.steps)}, ${duration(latest.etaSeconds)} left at most`
    : status === 'queued'
      ? 'Waiting for a free training thread'
      : 'Reading the rows';
  return (
    <div class="progress-card">
      <p>{said}</p>
      <progress aria-label="Training" {...(latest && { value: latest.step, max: latest.steps })} />
    </div>
  );
}

function Latest({ progress, isLive }: { progress: Progress; isLive: boolean }) {
  const { epoch, rowsPerSecond, trainLogProb, validationLogProb, step } = progress;
  return (
    <Figures
      figures={[
        { name: 'Validation', value: nats(validationLogProb), note: 'nats per row' },
        { name: 'Training rows', value: nats(trainLogProb), note: 'nats per row' },
        isLive
          ? { name: 'Speed', value: compactCount(rowsPerSecond), note: 'rows per second' }
          : { name: 'Steps', value: count(step), note: 'until it stopped improving, or its bound' },
        { name: 'Passes', value: count(Math.round(epoch)), note: 'over the training rows' },
      ]}
    />
  );
}

function Cancel({ id }: { id: string }) {
  const { run, isBusy, error } = useAction(async () => {
    await answer(api.POST('/v1/models/{id}/cancel', { params: { path: { id } } }));
  });
  return (
    <>
      {error && <Problem title="Training was not cancelled" error={error} />}
      <button type="button" class="button small danger" disabled={isBusy} onClick={() => run()}>
        Cancel training
      </button>
    </>
  );
}
