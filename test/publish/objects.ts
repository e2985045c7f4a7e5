import type { Port, PublishedPort } from '../../lib/types/generated.ts';
import type { StoredService } from '../../lib/types/objects.ts';
import { service } from '../controllers/harness.ts';

/** `8080:80/udp`, `80` (no number), `host:8080:80`. */
export function port(text: string): Port {
  const isHost = text.startsWith('host:');
  const [numbers = '', protocol = 'tcp'] = text.replace('host:', '').split('/') as [string, Port['protocol']?];
  const [first, second] = numbers.split(':').map(Number) as [number, number?];
  const published = second === undefined ? {} : { published: first };
  return { target: second ?? first, ...published, protocol, mode: isHost ? 'host' : 'ingress' };
}

export function published(text: string): PublishedPort {
  return port(text) as PublishedPort;
}

/** A service that publishes these, made so many seconds after the first. */
export function publisher(name: string, ports: string[], more: { age?: number; given?: string[]; namespace?: string } = {}): StoredService {
  const object = service(name, { ports: ports.map(port) }, more.namespace);
  const creationTimestamp = `2026-01-01T00:00:${String(more.age ?? 0).padStart(2, '0')}Z`;
  const metadata = { ...object.metadata, creationTimestamp };
  return { ...object, metadata, ...(more.given === undefined ? {} : { status: { ports: more.given.map(published) } }) };
}
