import { DswarmError } from '../../errors/error.ts';

/** The newest Engine API whose answers this code was written for; engines answer older clients as they did then. */
export const CLIENT_API = '1.47';
/** Engine 19.03: containers' init, stop timeouts and platform are all there. */
export const MINIMUM_API = '1.40';

export interface EngineVersion {
  version: string;
  apiVersion: string;
  /** The oldest that the engine still speaks. */
  minApiVersion: string;
}

/** The API version to speak with an engine: the newest that both know (fault 57). */
export function negotiate(engine: EngineVersion, where: string): string {
  if (compare(engine.apiVersion, MINIMUM_API) < 0) {
    throw new DswarmError('DSW_ENGINE_TOO_OLD', `Docker ${engine.version} speaks Engine API ${engine.apiVersion}`, {
      where,
      expected: `Engine API ${MINIMUM_API} or later`,
      found: engine.apiVersion,
    });
  }
  if (compare(engine.minApiVersion, CLIENT_API) > 0) {
    throw new DswarmError('DSW_ENGINE_TOO_NEW', `Docker ${engine.version} no longer speaks Engine API ${CLIENT_API}`, {
      where,
      expected: `Engine API ${CLIENT_API}`,
      found: `${engine.minApiVersion} to ${engine.apiVersion}`,
    });
  }
  return compare(engine.apiVersion, CLIENT_API) < 0 ? engine.apiVersion : CLIENT_API;
}

/** API versions are two whole numbers: 1.9 is older than 1.40. */
export function compare(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}
