/** Seconds of processor time of this process so far: other programs on the machine do not add to them. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
