import { expect } from 'chai';
import { nodeNews } from '../../lib/plan/node-news.ts';
import type { Condition, NodeStatus } from '../../lib/types/generated.ts';

function status(type: Condition['type'], value: Condition['status'], reason: string, message = ''): NodeStatus {
  return { conditions: [{ type, status: value, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' }] };
}

const WELL = status('NetworkReady', 'True', 'Current', 'it serves');
const FAILING = status('NetworkReady', 'False', 'NotCurrent', 'no room on the disk');

describe('what is told of a node', () => {
  const rows: [string, NodeStatus | undefined, NodeStatus, string[]][] = [
    ['a data plane that begins well', undefined, WELL, []],
    ['one that cannot be applied', WELL, FAILING, ['Warning NotCurrent no room on the disk']],
    ['the same again', FAILING, FAILING, []],
    ['another failure', FAILING, status('NetworkReady', 'False', 'NotCurrent', 'other'), ['Warning NotCurrent other']],
    ['well again', FAILING, WELL, ['Normal NetworkReady it serves']],
    ['a node that is away', WELL, status('NetworkReady', 'Unknown', 'NodeNotReady'), []],
    ['no data plane at all', undefined, status('NetworkReady', 'False', 'NoDataPlane'), []],
    ['a pressure that begins', {}, status('DiskPressure', 'True', 'NodeHasDiskPressure', 'full'), ['Warning NodeHasDiskPressure full']],
    ['one that goes on', status('DiskPressure', 'True', 'NodeHasDiskPressure'), status('DiskPressure', 'True', 'NodeHasDiskPressure', 'more'), []], // prettier-ignore
  ];
  for (const [title, before, after, expected] of rows) {
    it(`${title}: ${expected.join() || 'nothing'}`, () => {
      expect(nodeNews(before, after).map(({ type, reason, message }) => `${type} ${reason} ${message}`)).to.deep.equal(expected);
    });
  }
});
