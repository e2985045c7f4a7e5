import type { FastifyInstance } from 'fastify';
import { DswarmError } from '../../errors/error.ts';
import { isRetired } from '../../history/retire.ts';
import type { ObjectRef, StoredTask } from '../../types/objects.ts';
import { hasOutput, logOptionsOf, serveLogs, tasksToRead, type LogQuery, type LogRequest } from '../logs.ts';
import { PLAN_PATH, planChanges } from '../plan.ts';
import { API_ROOT } from '../resource.ts';
import { objectBody } from '../body.ts';
import { badRequest, notFound, success } from '../status.ts';
import { filesOf } from '../file-writes.ts';
import { bodyOf, managerOf, paramsOf, queryOf, type RouteContext } from './context.ts';

/** Beyond what Kubernetes has: plans, checks of the data plane, logs of tasks and services, confirmation of a source's deletions. */
export function addOwnRoutes(app: FastifyInstance, context: RouteContext): void {
  const { deps } = context;
  app.post(PLAN_PATH, async (request, reply) => reply.send(await planChanges(deps, bodyOf(request), managerOf(request))));
  app.post(`${API_ROOT}/netcheck`, async (_request, reply) => {
    if (deps.checkNetwork === undefined) throw new DswarmError('DSW_API_UNSUPPORTED', 'this controller runs without the data plane');
    const items = await deps.checkNetwork();
    return reply.send({ items: items.map(({ from, to, what, subject, problem }) => ({ from, to, what, subject, problem })) });
  });
  app.post(`${API_ROOT}/sources/:name/confirm`, async (request, reply) => {
    const { name } = paramsOf(request);
    const ref: ObjectRef = { kind: 'Source', name };
    const source = deps.store.snapshot().get(ref);
    if (source === undefined) throw notFound(ref);
    const { token } = objectBody(bodyOf(request));
    if (typeof token !== 'string' || token === '')
      throw badRequest('the body must be {"token": "..."}, the confirmToken in the status of the source');
    await filesOf(deps, undefined).confirm(name, token);
    return reply.send(success({ name, group: 'dswarm', kind: 'sources' }));
  });
  addLogRoutes(app, context);
}

function addLogRoutes(app: FastifyInstance, { deps, streams }: RouteContext): void {
  const requireStreams = (): void => {
    if (deps.streams === undefined) throw new DswarmError('DSW_API_UNSUPPORTED', 'this controller reaches no hosts');
  };
  const logRoute = (
    kind: 'Task' | 'Service',
    plural: string,
    select: (name: string, namespace: string) => Omit<LogRequest, 'options'>,
  ): void => {
    app.get(`${API_ROOT}/namespaces/:namespace/${plural}/:name/log`, async (request, reply) => {
      const { name, namespace = 'default' } = paramsOf(request);
      const ref: ObjectRef = { kind, namespace, name };
      requireStreams();
      if (deps.store.snapshot().get(ref) === undefined) throw notFound(ref);
      const options = logOptionsOf(queryOf<LogQuery>(request), deps.clock.now());
      await serveLogs(deps, { ...select(name, namespace), options }, streams.open(reply));
    });
  };
  const tasksOf = (namespace: string): readonly StoredTask[] => deps.store.snapshot().list('Task', { namespace });
  const isReadable = (task: StoredTask): boolean => hasOutput(task) || isRetired(task);

  logRoute('Task', 'tasks', (name, namespace) => ({
    tasks: tasksOf(namespace).filter((task) => task.metadata.name === name && isReadable(task)),
  }));
  logRoute('Service', 'services', (name, namespace) => {
    const joins = (task: StoredTask): boolean => task.metadata.namespace === namespace && task.spec.service === name;
    return { tasks: tasksToRead(tasksOf(namespace).filter(joins)), joins };
  });
}
