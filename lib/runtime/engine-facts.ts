import type { Docker } from '../ports/docker.ts';
import type { EngineInfo, NodeObservation, ObservedNetwork } from '../types/observation.ts';
import { sameJson } from '../types/same-json.ts';

/** What the engine calls a volume that nobody named. */
const ANONYMOUS = /^[0-9a-f]{64}$/;

export const isAnonymousVolume = (name: string): boolean => ANONYMOUS.test(name);

/** What an engine tells besides its containers; while it is away, what it told last. */
export class EngineFacts {
  readonly #docker: Docker;
  #engine: EngineInfo | undefined;
  #networks: readonly ObservedNetwork[] | undefined;
  #volumes: readonly string[] | undefined;
  readonly #removedVolumes = new Set<string>();
  /** It tells other things of itself or its networks than before, and nobody was told yet. */
  #isNews = false;

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  told(): Pick<NodeObservation, 'engine' | 'networks' | 'volumes'> {
    return {
      ...(this.#engine === undefined ? {} : { engine: this.#engine }),
      ...(this.#networks === undefined ? {} : { networks: this.#networks }),
      ...(this.#volumes === undefined ? {} : { volumes: this.#volumes }),
    };
  }

  async readInfo(): Promise<void> {
    const engine = await this.#docker.info();
    if (!sameJson(engine, this.#engine)) this.#isNews = true;
    this.#engine = engine;
  }

  async readNetworks(): Promise<void> {
    // Engines list them in no order.
    const networks = [...(await this.#docker.listNetworks({}))].sort((a, b) => (a.id < b.id ? -1 : 1));
    if (!sameJson(networks, this.#networks)) this.#isNews = true;
    this.#networks = networks;
  }

  /** Whether there are others than before. */
  async readVolumes(): Promise<boolean> {
    const volumes = (await this.#docker.listVolumes()).filter((name) => !isAnonymousVolume(name)).sort();
    const areOthers = !sameJson(volumes, this.#volumes);
    for (const name of this.#volumes ?? []) if (!volumes.includes(name)) this.#removedVolumes.add(name);
    this.#volumes = volumes;
    return areOthers;
  }

  /** An event told so: the volume may be there again before the next list, with nothing in it. */
  removedVolume(name: string): void {
    this.#removedVolumes.add(name);
  }

  /** Volumes that are gone, or were between two lists; told once. */
  takeRemovedVolumes(): string[] {
    const removed = [...this.#removedVolumes];
    this.#removedVolumes.clear();
    return removed;
  }

  /** Whether there is news of the engine or its networks; told once. */
  takeNews(): boolean {
    const isNews = this.#isNews;
    this.#isNews = false;
    return isNews;
  }
}
