import { answer, api } from '../../../api/client.ts';
import { number } from '../../../parts/format.ts';
import { useAnswer } from '../../../state/use-answer.ts';
import type { Journey, LayerState } from './journey.ts';
import type { Player } from './player.ts';

interface CaptionProps {
  readonly journey: Journey;
  readonly player: Player;
}

/** What the layer does that is at work, or what is seen at an end. */
export function Caption({ journey: { layers, stops }, player }: CaptionProps) {
  const catalogue = useAnswer(() => answer(api.GET('/v1/flows')), []);
  const stop = player.stop.value;
  const { state } = stops[stop];
  const type = (spec: object | undefined) => spec && Reflect.get(spec, 'type');
  const summaryOf = (part: 'layers' | 'bases', spec: object | undefined) =>
    catalogue.body?.[part].find((each) => each.type === type(spec))?.summary;
  const isOfRows = layers.from === 'rows';
  const said: Readonly<Record<string, string | undefined>> = {
    base: `${isOfRows ? 'What the rows become: they should lie as the base does.' : 'Where it all begins.'} ${summaryOf('bases', layers.base) ?? ''}`,
    units: `Standard deviations become the table’s own units: these are ${isOfRows ? 'its rows' : 'samples of the model'}.`,
  };
  return (
    <div class="layers-caption">
      <p class="layers-now">
        <strong>{titleOf(state, layers.base)}</strong>
        <span class="layers-place">
          {stop} / {stops.length - 1}
        </span>
      </p>
      <p class="muted">
        {said[state.kind] ?? summaryOf('layers', state.spec)} {stretchOf(state)}
      </p>
    </div>
  );
}

function titleOf({ kind, name }: LayerState, base: object): string {
  if (kind === 'base') return `The base: ${Reflect.get(base, 'type')}`;
  if (kind === 'units') return 'The data';
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function stretchOf({ hyperplanes }: LayerState): string | undefined {
  if (hyperplanes.length === 0) return undefined;
  const factors = hyperplanes.map(({ stretch }) => (stretch >= 1 ? `×${number(stretch)}` : `÷${number(1 / stretch)}`));
  const lines = hyperplanes.length === 1 ? 'its line' : 'its lines';
  return `Across ${lines}, towards the data: ${factors.join(', ')}.`;
}
