import type { Docker } from '../../lib/ports/docker.ts';
import type { Hosts } from '../../lib/ports/hosts.ts';

type Method = { [K in keyof Docker]: ReturnType<Docker[K]> extends Promise<unknown> ? K : never }[keyof Docker];

export interface Fault {
  /** before: never reaches the engine. after: is applied, but its answer is lost. hang: settles only once `until` does, and is not applied. */
  fail: 'before' | 'after' | 'hang';
  /** Absent: never. */
  until?: Promise<unknown>;
  /** What the caller gets instead of an answer. */
  error?: Error;
  /** How many calls fail before they work again; absent: all. */
  times?: number;
  /** Which calls it concerns; absent: all. */
  when?: (...args: unknown[]) => boolean;
}

export type Overrides = { [K in Method]?: Fault };

/** The same engine, with failures where a test wants them. */
export function intercept(docker: Docker, overrides: Overrides): Docker {
  const left = new Map(Object.entries(overrides).map(([method, fault]) => [method, fault.times ?? Infinity]));
  return new Proxy(docker, {
    get(target, property): unknown {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      const call = value.bind(target) as (...args: unknown[]) => unknown;
      const fault = overrides[property as Method];
      if (fault === undefined) return call;
      return (...args: unknown[]): unknown => {
        const remaining = left.get(property as string) ?? 0;
        if (remaining === 0 || fault.when?.(...args) === false) return call(...args);
        left.set(property as string, remaining - 1);
        return inject(fault, () => call(...args));
      };
    },
  });
}

/** The same engine, but for some methods. */
export function withMethods(docker: Docker, methods: Partial<Docker>): Docker {
  return new Proxy(docker, {
    get(target, property): unknown {
      const value: unknown = Reflect.get(property in methods ? methods : target, property);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** The same hosts, each engine seen through what a test makes of it. */
export function withDocker(hosts: Hosts, make: (docker: Docker, node: string) => Docker): Hosts {
  return {
    connect: (target) => {
      const link = hosts.connect(target);
      const docker = make(link.docker, target.node);
      return { state$: link.state$, docker, silentMs: () => link.silentMs(), retry: () => link.retry(), close: () => link.close() };
    },
  };
}

async function inject(fault: Fault, call: () => unknown): Promise<never> {
  if (fault.fail === 'hang') await (fault.until ?? new Promise<never>(() => undefined));
  if (fault.fail === 'after') await call();
  throw fault.error ?? new Error('injected failure');
}
