import { isJob } from '../jobs/modes.ts';
import type { Iteration } from '../jobs/iteration.ts';
import type { ServiceStatus } from '../types/generated.ts';
import { jobStatus } from './job-status.ts';
import { planJob } from './job.ts';
import { serviceStatus, type ServiceStatusInput } from './service-status.ts';
import type { ServicePlan, ServicePlanInput } from './service-plan.ts';
import { planService } from './service.ts';

/** What to do next for a service, whatever its mode. */
export function planWork(input: ServicePlanInput): ServicePlan {
  return input.service !== undefined && isJob(input.service.spec) ? planJob(input, input.service) : planService(input);
}

export function workStatus({ iteration, ...input }: ServiceStatusInput & { iteration: Iteration | undefined }): ServiceStatus {
  return iteration === undefined ? serviceStatus(input) : jobStatus({ ...input, iteration });
}
