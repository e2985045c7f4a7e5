import type { Condition } from '../types/generated.ts';

const REASON = /^[A-Z][A-Za-z0-9]*$/;

/** What is wrong with an object's conditions, one sentence each; every controller test runs it. */
export function checkConditions(object: {
  metadata: { generation: number };
  status?: { conditions?: readonly Condition[]; observedGeneration?: number };
}): string[] {
  const conditions = object.status?.conditions ?? [];
  const types = conditions.map((condition) => condition.type);
  const problems: string[] = [];
  if (conditions.length === 0 || !types.includes('Ready')) problems.push('there is no Ready condition');
  if (new Set(types).size !== types.length) problems.push('a condition type is there twice');
  if (isTrue(conditions, 'Ready') && isTrue(conditions, 'Stalled')) problems.push('Ready and Stalled are both True');
  if (isTrue(conditions, 'Progressing') && isTrue(conditions, 'Stalled')) problems.push('Progressing and Stalled are both True');
  for (const condition of conditions) problems.push(...checkOne(condition, object.metadata.generation));
  return problems;
}

function checkOne(condition: Condition, generation: number): string[] {
  const problems: string[] = [];
  if (!REASON.test(condition.reason)) problems.push(`${condition.type}: reason "${condition.reason}" is not one CamelCase word`);
  if (condition.message === '') problems.push(`${condition.type}: no message`);
  if (condition.observedGeneration === undefined) problems.push(`${condition.type}: no observedGeneration`);
  else if (condition.observedGeneration > generation) problems.push(`${condition.type}: observedGeneration is ahead of the object`);
  return problems;
}

function isTrue(conditions: readonly Condition[], type: Condition['type']): boolean {
  return conditions.some((condition) => condition.type === type && condition.status === 'True');
}
