import { docker, type LabHost } from '../lab/fixture.ts';

/** What an engine notes of a container: `start`, `die`, `health_status: healthy`. */
export interface EngineNote {
  id: string;
  action: string;
}

export interface Noted {
  hosts: readonly LabHost[];
  /** Of containers with this label. */
  label: string;
  /** Kinds of events: `die`, `health_status`. */
  events: readonly string[];
}

/**
 * What the engines note while a command runs, in the order of their clocks, which are this machine's. Lists of several hosts are never of
 * the same instant: only this tells how many containers were up at a time.
 */
export async function notesWhile({ hosts, label, events }: Noted, command: () => Promise<unknown>): Promise<EngineNote[]> {
  const since = String(Date.now() / 1000);
  await command();
  const until = String(Date.now() / 1000);
  const filters = [`label=${label}`, ...events.map((event) => `event=${event}`)].flatMap((filter) => ['--filter', filter]);
  const format = ['--format', '{{.TimeNano}} {{.ID}} {{.Action}}'];
  const each = hosts.map((host) => docker(host, 'events', '--since', since, '--until', until, ...filters, ...format));
  const lines = (await Promise.all(each)).flatMap((output) => output.split('\n').filter((line) => line !== ''));
  return lines.sort().map((line) => {
    const [, id = '', action = ''] = /^\d+ (\w+) (.*)$/.exec(line) ?? [];
    return { id, action };
  });
}
