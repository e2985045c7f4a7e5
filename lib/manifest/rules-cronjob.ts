import { isJob } from '../jobs/modes.ts';
import { scheduleProblem } from '../cron/schedule.ts';
import type { CronJob, Service } from '../types/generated.ts';
import type { JsonObject, JsonValue } from '../types/objects.ts';
import { isObject, type Path } from './parse.ts';
import { invalid, show, type Problem } from './problem.ts';

/** A run's name has up to ten digits and a hyphen behind that of its CronJob, and 63 characters in all (Kubernetes: 52, too). */
const MOST_NAME = 52;

const TEMPLATE: Path = ['spec', 'serviceTemplate'];

export function checkCronJob({ metadata, spec }: CronJob): Problem[] {
  const problems: Problem[] = [];
  if (metadata.name.length > MOST_NAME) {
    const message = `expected at most ${MOST_NAME} characters, found ${metadata.name.length}: the names of runs are longer`;
    problems.push(invalid(['metadata', 'name'], message, 'Give it a shorter name.'));
  }
  // Whether a pattern ever matches does not depend on when that is asked.
  const problem = scheduleProblem({ pattern: spec.schedule, timeZone: spec.timeZone }, 0);
  if (problem?.startsWith('no such time zone') === true)
    problems.push(invalid(['spec', 'timeZone'], problem, 'Name one of the IANA database, such as Europe/Madrid or UTC.'));
  else if (problem !== undefined)
    problems.push(
      invalid(
        ['spec', 'schedule'],
        `${show(spec.schedule)}: ${problem}`,
        'Write minute, hour, day of month, month and day of week: "30 2 * * *".',
      ),
    );
  if (!isJob(spec.serviceTemplate.spec)) {
    const message = `expected replicated-job or global-job, found ${spec.serviceTemplate.spec.mode}`;
    problems.push(invalid([...TEMPLATE, 'spec', 'mode'], message, 'A run has to end; what runs all the time is a Service.'));
  }
  return problems;
}

/** The Service that a run would be, and what was written of it. */
export function templateService({ metadata, spec }: CronJob, given: JsonObject): { service: Service; given: JsonObject } {
  const { namespace = 'default' } = metadata;
  const { metadata: meta = {}, spec: template } = spec.serviceTemplate;
  const service: Service = {
    apiVersion: 'dswarm/v1',
    kind: 'Service',
    metadata: { ...meta, name: metadata.name, namespace },
    spec: template,
  };
  return { service, given: at(given, TEMPLATE) };
}

/** Problems of the template's Service, where they stand in the CronJob. */
export function inTemplate(problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => ({ ...problem, path: [...TEMPLATE, ...problem.path] }));
}

function at(value: JsonObject, path: Path): JsonObject {
  let found: JsonValue | undefined = value;
  for (const step of path) found = isObject(found) ? found[String(step)] : undefined;
  return isObject(found) ? found : {};
}
