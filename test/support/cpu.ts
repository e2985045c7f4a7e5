/** Milliseconds of CPU that this process has used since; what else runs on the machine does not count. */
export function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

/** Runs once to warm the code up, and once that counts. */
export function cpuOf<T>(call: () => T): { result: T; ms: number } {
  call();
  const before = process.cpuUsage();
  const result = call();
  return { result, ms: cpuMs(before) };
}
