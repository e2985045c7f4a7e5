/** Named exports of a CommonJS package survive bundling only where they are imported statically: load this file lazily instead. */
export { stringify } from 'yaml';
