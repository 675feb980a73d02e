import { useEffect, useState } from 'preact/hooks';

const restMilliseconds = 150;

/** What a value was when it last stayed as it is for a while. */
export function useRested<Value>(value: Value): Value {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(() => value), restMilliseconds);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}
