const stored = 'pushforward-spec';

const first = `{
  "base": {"type": "normal"},
  "layers": [
    {"repeat": 4, "layers": [{"type": "coupling", "hidden": [32, 32]}, {"type": "permutation", "kind": "swap"}]}
  ]
}`;

/** The spec that was last written in this tab, or one to begin with. */
export const keptSpec = () => sessionStorage.getItem(stored) ?? first;

export const keepSpec = (text: string) => sessionStorage.setItem(stored, text);
