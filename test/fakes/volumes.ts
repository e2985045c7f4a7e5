import type { ContainerConfig } from '../../lib/ports/docker.ts';

/** The volumes of one fake engine, all of the driver local. */
export class FakeVolumes {
  readonly #names = new Set<string>();
  /** By container. */
  readonly #anonymous = new Map<string, string[]>();
  readonly #hex: (length: number) => string;
  readonly #tell: (action: 'create' | 'destroy', name: string) => void;

  constructor(hex: (length: number) => string, tell: (action: 'create' | 'destroy', name: string) => void) {
    this.#hex = hex;
    this.#tell = tell;
  }

  list(): string[] {
    return [...this.#names];
  }

  /** `docker volume create`, by a person or for a container that is created. */
  create(name: string): void {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    this.#tell('create', name);
  }

  /** `docker volume rm` by a person. */
  remove(name: string): void {
    if (this.#names.delete(name)) this.#tell('destroy', name);
  }

  /** Those of a container that is created. */
  mount(container: string, { HostConfig }: ContainerConfig): void {
    const sources = (HostConfig.Mounts ?? []).flatMap(({ Type, Source }) => (Type === 'volume' ? [Source] : []));
    const anonymous = sources.filter((source) => source === undefined).map(() => this.#hex(64));
    if (anonymous.length > 0) this.#anonymous.set(container, anonymous);
    for (const name of [...sources, ...anonymous]) if (name !== undefined) this.create(name);
  }

  /** A container was removed: nobody could find its anonymous ones any more. */
  release(container: string): void {
    for (const name of this.#anonymous.get(container) ?? []) this.remove(name);
    this.#anonymous.delete(container);
  }
}
