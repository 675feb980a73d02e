import type { FlowCatalogue } from '../../api/types.ts';
import { pictureOf, presetTexts } from './presets.ts';

/** What the address says where the flow is none of the presets. */
export const ownSpec = 'spec';

interface PresetCardsProps {
  readonly presets: FlowCatalogue['presets'];
  readonly chosen: string;
  readonly onChoose: (flow: string) => void;
}

/** Every preset with what it is and what it looks like, of which one is taken. */
export function PresetCards({ presets, chosen, onChoose }: PresetCardsProps) {
  return (
    <fieldset class="preset-cards">
      <legend class="visually-hidden">Flow</legend>
      {presets.map(({ name, summary, isDefault }) => {
        const { title = name, what = summary, when, paper } = presetTexts[name] ?? {};
        return (
          <PresetCard key={name} name={name} title={title} isChosen={name === chosen} onChoose={onChoose}>
            {isDefault && <span class="badge preset-default">default</span>}
            <span class="preset-what">{what}</span>
            {when && <span class="preset-when">{when}</span>}
            {paper && <span class="preset-paper">{paper}</span>}
          </PresetCard>
        );
      })}
      <PresetCard name={ownSpec} title="Your own spec" isChosen={chosen === ownSpec} onChoose={onChoose}>
        <span class="preset-what">Layers and base distribution as you write them, in JSON.</span>
        <span class="preset-when">When you know what you want, or want to change one of the others.</span>
      </PresetCard>
    </fieldset>
  );
}

interface PresetCardProps {
  readonly name: string;
  readonly title: string;
  readonly isChosen: boolean;
  readonly onChoose: (flow: string) => void;
  readonly children: preact.ComponentChildren;
}

function PresetCard({ name, title, isChosen, onChoose, children }: PresetCardProps) {
  const picture = pictureOf(name);
  return (
    <label class="preset-card">
      <input
        class="visually-hidden"
        type="radio"
        name="flow"
        value={name}
        checked={isChosen}
        onChange={() => onChoose(name)}
      />
      <span class="preset-picture" aria-hidden="true">
        {picture ? <span class="preset-mask" style={{ maskImage: `url("${picture}")` }} /> : '{ }'}
      </span>
      <span class="preset-text">
        <span class="preset-title">{title}</span>
        {children}
      </span>
    </label>
  );
}
