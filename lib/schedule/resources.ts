/** What a node has, or what is kept there for tasks. */
export interface Resources {
  /** Billionths of a CPU: whole numbers, so that adding and taking away leaves no rest. */
  nanoCpus: number;
  memoryBytes: number;
}

export const NO_RESOURCES: Resources = { nanoCpus: 0, memoryBytes: 0 };

/** As a Task object tells it. */
export function toResources(reserved: { cpus?: number | undefined; memoryBytes?: number | undefined } | undefined): Resources {
  return { nanoCpus: Math.round((reserved?.cpus ?? 0) * 1e9), memoryBytes: reserved?.memoryBytes ?? 0 };
}

export function addResources(a: Resources, b: Resources, times = 1): Resources {
  return { nanoCpus: a.nanoCpus + times * b.nanoCpus, memoryBytes: a.memoryBytes + times * b.memoryBytes };
}

/** Asking for nothing fits anywhere, on a full node too (Swarm). */
export function fits(asked: Resources, has: Resources, kept: Resources): boolean {
  return (
    (asked.nanoCpus === 0 || asked.nanoCpus <= has.nanoCpus - kept.nanoCpus) &&
    (asked.memoryBytes === 0 || asked.memoryBytes <= has.memoryBytes - kept.memoryBytes)
  );
}

/** `1.5 CPUs` and `512 MiB` of what is asked for and lacks, for a person. */
export function describeLack(asked: Resources, has: Resources, kept: Resources): string {
  const lacks: string[] = [];
  const cpus = has.nanoCpus - kept.nanoCpus;
  if (asked.nanoCpus > 0 && asked.nanoCpus > cpus) lacks.push(`needs ${asked.nanoCpus / 1e9} CPUs, ${Math.max(0, cpus) / 1e9} free`);
  const memory = has.memoryBytes - kept.memoryBytes;
  if (asked.memoryBytes > 0 && asked.memoryBytes > memory)
    lacks.push(`needs ${mebibytes(asked.memoryBytes)} of memory, ${mebibytes(Math.max(0, memory))} free`);
  return lacks.join('; ');
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
