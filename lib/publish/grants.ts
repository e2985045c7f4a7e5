import type { Port, PublishedPort } from '../types/generated.ts';
import type { StoredService } from '../types/objects.ts';
import { areInConflict, portKey, publisherKey, tellConflict, tellReserved, type Claim } from './claims.ts';
import { match, needsNumber } from './match.ts';

/** Where ports without a number of their own come from; a range for each protocol (SwarmKit, portallocator). */
export const DYNAMIC_PORTS = { first: 30000, last: 32767 } as const;

export interface PortGrant {
  /** As published from now on. */
  ports: PublishedPort[];
  /** Why it is not all that the spec asks for. */
  problem?: string;
}

/**
 * What each service publishes, by its key: what it has stays while its spec asks for it, the oldest service is served first, and a service
 * that asks for what another has, or the hosts need (`reserved`: `22/tcp`), gets nothing new at all. In mode host a port without a number is the engine's to choose, for each task.
 */
export function grantPorts(services: readonly StoredService[], reserved: ReadonlySet<string> = new Set()): Map<string, PortGrant> {
  const book = new PortBook(reserved);
  const applicants = inOrder(services).map((service) => new Applicant(service, book));
  for (const applicant of applicants) applicant.keep();
  // Numbers that somebody asks for are taken before any that nobody does.
  for (const applicant of applicants) applicant.takeAskedFor();
  for (const applicant of applicants) applicant.takeFree();
  return new Map(applicants.map((applicant) => [publisherKey(applicant.service), applicant.grant()]));
}

interface Taker {
  claim: Claim;
  service: StoredService;
}

/** Who has which number. */
class PortBook {
  readonly #takers = new Map<string, Taker[]>();
  readonly #next = new Map<string, number>();
  /** Asked for by services that wait for other numbers. */
  readonly #waitedFor = new Set<string>();
  readonly #reserved: ReadonlySet<string>;

  constructor(reserved: ReadonlySet<string>) {
    this.#reserved = reserved;
  }

  /** Why a service cannot have it. */
  whyNot(claim: Claim, self: StoredService): string | undefined {
    if (claim.mode === 'ingress' && this.#reserved.has(portKey(claim))) return tellReserved(claim.published);
    const taker = this.findTaker(claim, self);
    return taker === undefined ? undefined : tellConflict(taker.claim, taker.service, self);
  }

  findTaker(claim: Claim, self: StoredService): Taker | undefined {
    const takers = this.#takers.get(portKey(claim)) ?? [];
    // Of several the oldest is named, in whatever order they came.
    return takers
      .filter((each) => each.service !== self && areInConflict(each.claim, claim))
      .reduce<Taker | undefined>(
        (first, each) => (first === undefined || ageOf(each.service) < ageOf(first.service) ? each : first),
        undefined,
      );
  }

  take(claim: Claim, service: StoredService): void {
    const key = portKey(claim);
    this.#takers.set(key, [...(this.#takers.get(key) ?? []), { claim, service }]);
  }

  keepFree(claim: Claim): void {
    this.#waitedFor.add(portKey(claim));
  }

  /** The lowest number that nobody has or asks for. */
  free(protocol: Port['protocol']): number | undefined {
    for (let published = this.#next.get(protocol) ?? DYNAMIC_PORTS.first; published <= DYNAMIC_PORTS.last; published += 1) {
      this.#next.set(protocol, published);
      const key = portKey({ published, protocol });
      if (!this.#takers.has(key) && !this.#waitedFor.has(key) && !this.#reserved.has(key)) return published;
    }
    this.#next.set(protocol, DYNAMIC_PORTS.last + 1);
    return undefined;
  }
}

/** One service's ports, while all are being given theirs. */
class Applicant {
  readonly service: StoredService;
  readonly #book: PortBook;
  readonly #wanted: readonly Port[];
  readonly #given: (PublishedPort | undefined)[];
  #isRefused = false;

  constructor(service: StoredService, book: PortBook) {
    this.service = service;
    this.#book = book;
    this.#wanted = (service.spec.ports ?? []).filter(needsNumber);
    this.#given = this.#wanted.map(() => undefined);
  }

  /** Of two that were given the same, the older one keeps it. */
  keep(): void {
    for (const [index, port] of match(this.#wanted, this.service.status?.ports ?? []).entries())
      if (port !== undefined && this.#book.whyNot(port, this.service) === undefined) this.#take(index, port);
  }

  /** All numbers that it asks for, or none of them. */
  takeAskedFor(): void {
    const missing = this.#missing();
    this.#isRefused = missing.some(({ port }) => this.#book.whyNot(port, this.service) !== undefined);
    for (const { index, port } of missing) {
      if (this.#isRefused) this.#book.keepFree(port);
      else this.#take(index, port);
    }
  }

  takeFree(): void {
    if (this.#isRefused) return;
    for (const [index, { target, protocol, mode }] of this.#wanted.entries()) {
      const published = this.#given[index] === undefined ? this.#book.free(protocol) : undefined;
      if (published !== undefined) this.#take(index, { target, published, protocol, mode });
    }
  }

  /** To be asked once all have theirs. */
  grant(): PortGrant {
    const problem = this.#problem();
    return { ports: this.#given.filter((port) => port !== undefined), ...(problem === undefined ? {} : { problem }) };
  }

  #take(index: number, port: PublishedPort): void {
    this.#given[index] = port;
    this.#book.take(port, this.service);
  }

  /** The numbers that it asks for and does not have. */
  #missing(): { index: number; port: PublishedPort }[] {
    return this.#wanted.flatMap(({ target, published, protocol, mode }, index) =>
      published === undefined || this.#given[index] !== undefined ? [] : [{ index, port: { target, published, protocol, mode } }],
    );
  }

  #problem(): string | undefined {
    for (const { port } of this.#missing()) {
      const problem = this.#book.whyNot(port, this.service);
      if (problem !== undefined) return problem;
    }
    const without = this.#wanted.find((_, index) => this.#given[index] === undefined);
    return without === undefined ? undefined : exhausted(without.protocol);
  }
}

function exhausted(protocol: Port['protocol']): string {
  const { first, last } = DYNAMIC_PORTS;
  return `no ${protocol} port is left of ${first}-${last}: ${last - first + 1} in all, all in use`;
}

/** What sorts the oldest first, those of one time by name. */
function ageOf(service: StoredService): string {
  return `${service.metadata.creationTimestamp} ${publisherKey(service)}`;
}

function inOrder(services: readonly StoredService[]): StoredService[] {
  return services
    .map((service) => [ageOf(service), service] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, service]) => service);
}
