import { useEffect, useRef } from 'preact/hooks';
import { validationFloorOf } from '../../../../src/figures/floor.ts';
import { trainingCurves } from '../../../../src/figures/training-curves.ts';
import { answer, api } from '../../api/client.ts';
import type { Progress } from '../../api/events.ts';
import { raceOf } from '../../api/race.ts';
import { isUnderWay, type Model } from '../../api/types.ts';
import { Figures } from '../../parts/figures.tsx';
import { compactCount, count, duration, nats } from '../../parts/format.ts';
import { Problem } from '../../parts/notice.tsx';
import { Section } from '../../parts/page.tsx';
import { Plot } from '../../plots/plot.tsx';
import { useAction } from '../../state/use-action.ts';
import { Race } from './race.tsx';
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
  const race = raceOf(model);
  return (
    <>
      <Section
        title="Training"
        lead={model.race && 'Several flows are trained: the curves are those of the one that leads.'}
        actions={isLive && <Cancel id={model.id} />}
      >
        {error && <Problem title="Training cannot be followed" error={error} />}
        {isLive && <Progression status={status} latest={latest} />}
        {latest && <Plot name="training curves" {...trainingCurves(progress)} />}
        {latest && <Latest progress={latest} isLive={isLive} />}
        {!isLive && !latest && <p class="muted">It ended before its first step.</p>}
      </Section>
      {race && <Race {...{ race, isLive }} />}
    </>
  );
}

function Progression({ status, latest }: { status: Model['status']; latest: Progress | undefined }) {
  const said = latest
    ? `Step ${count(latest.step)} of at most ${count(latest.steps)}: ${duration(latest.elapsedSeconds ?? 0)} so far, ${duration(latest.etaSeconds)} left at most`
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
  const { epoch, rowsPerSecond, trainLogProb, validationLogProb, step, elapsedSeconds } = progress;
  const floor = validationFloorOf(progress);
  return (
    <Figures
      figures={[
        { name: 'Validation', value: nats(validationLogProb), note: 'nats per row' },
        ...(floor ? [{ name: 'The floor', value: nats(floor.logProb), note: `${floor.name}, the same rows` }] : []),
        { name: 'Training rows', value: nats(trainLogProb), note: 'nats per row' },
        isLive
          ? { name: 'Speed', value: compactCount(rowsPerSecond), note: 'rows per second' }
          : { name: 'Steps', value: count(step), note: 'until it stopped improving, or its bound' },
        ...(isLive || elapsedSeconds === undefined
          ? []
          : [{ name: 'Time', value: duration(elapsedSeconds), note: 'in training' }]),
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
