import { lab, labHosts, type LabHost } from '../lab/fixture.ts';
import { Controller } from './controller.ts';

/** What the tests of a describe work on. */
export interface Setup {
  readonly hosts: readonly LabHost[];
  readonly controller: Controller;
}

/** Brings up so many empty hosts and a controller for them before the tests of a describe, and leaves the hosts whole after them. */
export function useController(count: number, resyncSeconds?: number): Setup {
  let hosts: readonly LabHost[] = [];
  let controller: Controller | undefined;

  before(async () => {
    ({ hosts } = await labHosts(count));
    controller = await Controller.create(hosts);
    await controller.start(resyncSeconds);
  });

  after(async () => {
    await controller?.remove();
    await lab('up', String(count));
  });

  return {
    get hosts() {
      return hosts;
    },
    get controller() {
      if (controller === undefined) throw new Error('there is no controller before the tests begin');
      return controller;
    },
  };
}
