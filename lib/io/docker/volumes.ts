import { orAbsent } from './errors.ts';
import type { Calls } from './networks.ts';

/** The engine's calls that are about volumes. */
export class VolumeCalls {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  async list(): Promise<string[]> {
    const found = await this.#calls.read('listVolumes', 'list volumes', ({ calls }, abortSignal) =>
      calls.listVolumes({ filters: { driver: ['local'] }, abortSignal } as object),
    );
    // Null where there is none.
    return ((found.Volumes as typeof found.Volumes | null) ?? []).map(({ Name }) => Name);
  }

  async remove(name: string): Promise<void> {
    await orAbsent(
      this.#calls.write('removeVolume', `remove volume ${name}`, ({ calls }, abortSignal) =>
        calls.getVolume(name).remove({ abortSignal } as object),
      ),
    );
  }
}
