import { key } from '../../api/key.ts';
import type { NewModel } from '../../api/types.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Fold } from '../../parts/fold.tsx';
import { curlOf } from './draft.ts';
import { print } from './spec/print.ts';

/** What will be sent, for those who would rather send it themselves. */
export function AsRequest({ request }: { request: NewModel }) {
  const curl = curlOf(location.origin, request, key.value !== undefined);
  return (
    <Fold title="As a request" summary="the JSON that is sent, and the same for curl">
      <Code title="POST /v1/models" text={print(request)} />
      <Code title="curl" text={curl} />
    </Fold>
  );
}

function Code({ title, text }: { title: string; text: string }) {
  return (
    <div class="code-block">
      <div class="section-head">
        <h3>{title}</h3>
        <CopyButton text={text} label={title} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
    </div>
  );
}
