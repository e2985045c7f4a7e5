/** Opens the store in the given directory, commits one object, says so and holds on until it is killed. */
import { openLmdbStore } from '../../../lib/io/store/lmdb.ts';
import { service } from '../../contracts/store.ts';

const store = openLmdbStore(process.argv[2] ?? '');
await store.commit([{ put: service('kept') }]);
process.stdout.write('held\n');
setInterval(() => undefined, 60_000);
