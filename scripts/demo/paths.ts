import { tmpdir } from 'node:os';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');
export const DEMO = path.join(ROOT, '.demo');
export const MANIFESTS = path.join(DEMO, 'manifests');
export const STATE = path.join(DEMO, 'state');
export const LOG = path.join(DEMO, 'controller.log');
export const PID = path.join(DEMO, 'controller.pid');
/** What `down` must know to undo: the kind of demo and the services' uids. */
export const NOTES = path.join(DEMO, 'notes.json');
export const DSWARM = path.join(ROOT, 'bin/dswarm');
export const LAB = path.join(ROOT, 'test/lab/lab');
export const INSTANCE = 'demo';

/** A unix socket's path may have 107 characters; a deep checkout gets one elsewhere. */
export const SOCKET = shortEnough(path.join(DEMO, 'dswarm.sock'));

function shortEnough(file: string): string {
  return file.length <= 100 ? file : path.join(tmpdir(), `dswarm-demo-${process.getuid?.() ?? 0}.sock`);
}
