import type { Fault } from '../../api/types.ts';

/** What the service has against a part of the form, below that part. */
export function Faults({ id, faults }: { id: string; faults: readonly Fault[] }) {
  if (faults.length === 0) return null;
  return (
    <span class="field-problem" id={id}>
      {faults.map(({ path, message }) => (
        <span key={path}>{message}</span>
      ))}
    </span>
  );
}

/** What a control says of its faults. */
export const faulty = (id: string, faults: readonly Fault[]) =>
  faults.length === 0 ? {} : { 'aria-invalid': true, 'aria-describedby': id };
