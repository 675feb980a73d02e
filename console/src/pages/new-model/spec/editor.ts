import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  snippetCompletion,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, indentOnInput, syntaxHighlighting, syntaxTree } from '@codemirror/language';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from '@codemirror/view';
import { type Explanation, explanationAt, suggestionsAt } from './completion.ts';
import { brokenRange, rangeAt } from './places.ts';
import type { PartSchema } from './schema.ts';
import { editorTheme, highlighting } from './theme.ts';

/** What is wrong with a spec: at a JSON pointer into it, or undefined where it is no JSON. */
export interface SpecProblem {
  readonly path: string | undefined;
  readonly message: string;
}

export interface Editor {
  setProblems(problems: readonly SpecProblem[]): void;
  destroy(): void;
}

interface EditorOptions {
  readonly place: HTMLElement;
  readonly label: string;
  readonly text: string;
  readonly schema: PartSchema;
  onText(text: string): void;
}

/**
 * An editor for specs. It stands in a shadow root: there its styles are style sheets of the document's own making, where the
 * page itself, whose policy allows no style elements, would have it write some.
 */
export function createEditor({ place, label, text, schema, onText }: EditorOptions): Editor {
  const root = place.shadowRoot ?? place.attachShadow({ mode: 'open' });
  const inputOf = (state: EditorState) => ({ tree: syntaxTree(state), text: state.doc.toString(), schema });
  const completion = autocompletion({
    icons: false,
    override: [
      ({ state, pos, explicit }) => {
        const found = suggestionsAt(inputOf(state), pos, { isAsked: explicit });
        // After a comma or a bracket nobody has begun to write anything.
        if (!found || (!explicit && found.from === pos)) return null;
        const options = found.options.map(({ template, ...option }) => snippetCompletion(template, option));
        return { from: found.from, to: found.to, options, filter: false };
      },
    ],
  });
  const hover = hoverTooltip(({ state }, position) => {
    const found = explanationAt(inputOf(state), position);
    return found ? { pos: found.from, end: found.to, above: true, create: () => ({ dom: explain(found) }) } : null;
  });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        [json(), completion, hover, lintGutter(), lineNumbers(), history(), drawSelection(), highlightActiveLine()],
        [bracketMatching(), closeBrackets(), indentOnInput(), EditorView.lineWrapping],
        [editorTheme, syntaxHighlighting(highlighting)],
        // Tab goes on to what comes after the editor, as everywhere on a page.
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onText(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    setProblems(problems) {
      const { tree, text: now } = inputOf(view.state);
      const diagnostics = problems.map(({ path, message }) => ({
        ...(path === undefined ? brokenRange(tree, now) : rangeAt(tree, now, path)),
        severity: 'error' as const,
        message,
      }));
      const within = ({ from, to }: { from: number; to: number }) => from <= now.length && to <= now.length;
      view.dispatch(setDiagnostics(view.state, diagnostics.filter(within)));
    },
    destroy: () => view.destroy(),
  };
}

function explain({ title, lines }: Explanation): HTMLElement {
  const place = document.createElement('div');
  place.className = 'spec-explanation';
  const heading = document.createElement('strong');
  heading.textContent = title;
  const paragraphs = lines.map((line) => {
    const paragraph = document.createElement('p');
    paragraph.textContent = line;
    return paragraph;
  });
  place.append(heading, ...paragraphs);
  return place;
}
