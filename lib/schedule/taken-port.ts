/** The first of the host ports that somebody else holds: `8080/tcp`, or `8080` of a protocol that is not known. */
export function takenPort(ports: readonly string[], taken: readonly string[]): string | undefined {
  return ports.find((port) => taken.some((other) => other === port || other === port.split('/')[0]));
}
