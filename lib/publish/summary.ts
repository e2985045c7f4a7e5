import type { PublishedPort } from '../types/generated.ts';

interface Range {
  protocol: string;
  published: [first: number, last: number];
  target: [first: number, last: number];
}

/**
 * `*:30080->80/tcp, *:90-95->90-95/udp`: ports that every node answers as `docker service ls` prints them, neighbours as a range; those of
 * mode host after them, as `host:8080->80/tcp`.
 */
export function portSummary(ports: readonly PublishedPort[]): string {
  const print = (mode: PublishedPort['mode'], where: string): string[] =>
    rangesOf(ports.filter((port) => port.mode === mode)).map(
      ({ published, target, protocol }) => `${where}:${span(published)}->${span(target)}/${protocol}`,
    );
  return [...print('ingress', '*'), ...print('host', 'host')].join(', ');
}

function rangesOf(ports: readonly PublishedPort[]): Range[] {
  const sorted = [...ports].sort((a, b) => (a.protocol === b.protocol ? a.published - b.published : a.protocol < b.protocol ? -1 : 1));
  const ranges: Range[] = [];
  for (const port of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && continues(last, port)) {
      last.published[1] = port.published;
      last.target[1] = port.target;
    } else {
      ranges.push({ protocol: port.protocol, published: [port.published, port.published], target: [port.target, port.target] });
    }
  }
  return ranges;
}

/** Each number leads to a target of its own, one after the other; or all lead to one. */
function continues({ protocol, published, target }: Range, port: PublishedPort): boolean {
  if (port.protocol !== protocol || port.published - published[1] > 1) return false;
  const step = port.target - target[1];
  const isOneToOne = published[1] - published[0] === target[1] - target[0];
  return (step === 1 && isOneToOne) || (step === 0 && target[0] === target[1]);
}

const span = ([first, last]: [number, number]): string => (first === last ? String(first) : `${first}-${last}`);
