import type { Store } from '../../ports/store.ts';
import { createEmbeddedStore } from './embedded.ts';
import { View } from './view.ts';

export interface MemoryStoreOptions {
  /** How many events are kept for watchers that come late. */
  history?: number;
}

/** A store that forgets all when it is closed. */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  return createEmbeddedStore({
    view: new View(0),
    persist: () => Promise.resolve(),
    history: options.history ?? 4096,
    close: () => Promise.resolve(),
  });
}
