import { FakeClock } from '../fakes/clock.ts';

/** One turn of the event loop runs all promises to their end: nothing in a simulation waits for I/O. */
export class SimClock extends FakeClock {
  override flush(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}
