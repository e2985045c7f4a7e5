import { DswarmError } from '../errors/error.ts';
import type { Step } from '../plan/step.ts';
import { commonArch } from '../plan/platform.ts';
import type { Docker, ImageInfo } from '../ports/docker.ts';

type PullStep = Extract<Step, { op: 'pull' }>;

interface Flight {
  done: Promise<void>;
  abort: AbortController;
  waiting: number;
}

/** Pulls images, one pull an image and host at a time however many tasks wait for it; the last one to give up ends it. */
export class ImagePulls {
  readonly #docker: (node: string) => Docker;
  readonly #mutating: (node: string, op: string) => void;
  readonly #flights = new Map<string, Flight>();
  readonly #looks = new Map<string, Promise<ImageInfo | undefined>>();

  constructor(docker: (node: string) => Docker, mutating: (node: string, op: string) => void) {
    this.#docker = docker;
    this.#mutating = mutating;
  }

  async ensure(step: PullStep, signal: AbortSignal): Promise<void> {
    const present = step.policy === 'Always' ? undefined : await this.#look(step);
    if (present !== undefined) return refuseForeign(step, present);
    if (step.policy === 'Never') {
      throw new DswarmError('DSW_IMAGE_MISSING', `image ${step.image} is not on the host, and pullPolicy is Never`, { where: step.node });
    }
    await this.#join(step, signal);
    const pulled = await this.#look(step);
    if (pulled !== undefined) refuseForeign(step, pulled);
  }

  /** Tasks that start together ask a host once. */
  #look({ node, image }: PullStep): Promise<ImageInfo | undefined> {
    const key = `${node} ${image}`;
    const under = this.#looks.get(key);
    if (under !== undefined) return under;
    const look = this.#docker(node)
      .image(image)
      .finally(() => this.#looks.delete(key));
    this.#looks.set(key, look);
    return look;
  }

  async #join(step: PullStep, signal: AbortSignal): Promise<void> {
    const key = `${step.node} ${step.image}`;
    const flight = this.#flights.get(key) ?? this.#launch(key, step);
    flight.waiting += 1;
    try {
      await Promise.race([flight.done, aborted(signal)]);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0) flight.abort.abort(new Error('nobody waits for the image any more'));
    }
  }

  #launch(key: string, step: PullStep): Flight {
    const abort = new AbortController();
    this.#mutating(step.node, 'pull');
    const done = this.#docker(step.node)
      .pullImage(step.image, { signal: abort.signal })
      .finally(() => this.#flights.delete(key));
    // Whoever joined sees the failure; with nobody left there is no one to tell.
    done.catch(() => undefined);
    const flight = { done, abort, waiting: 0 };
    this.#flights.set(key, flight);
    return flight;
  }
}

/** Started all the same it would end at once with `exec format error`, again and again. */
function refuseForeign({ node, image, archs }: PullStep, { arch }: ImageInfo): void {
  if (archs === undefined || arch === '' || archs.includes(commonArch(arch))) return;
  throw new DswarmError('DSW_IMAGE_PLATFORM', `image ${image} is made for ${arch}, the host runs ${archs.join(', ')}`, { where: node });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
