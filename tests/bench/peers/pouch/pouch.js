// The PouchDB peer, installed in PLACE: `node pouch.js server PLACE` serves express-pouchdb over memory and prints its port;
// `node pouch.js phone PLACE` is a database in memory that does what it is told, one line of JSON each, answering each.
'use strict';
const { createRequire } = require('module');
// What is installed lies where the bench has put it, not beside this file.
const load = createRequire(process.argv[3] + '/pouch/');
const PouchDB = load('pouchdb-core')
  .plugin(load('pouchdb-adapter-memory'))
  .plugin(load('pouchdb-adapter-http'))
  .plugin(load('pouchdb-replication'))
  .plugin(load('pouchdb-mapreduce'));

const NAME = 'inspections';
const say = (message) => process.stdout.write(JSON.stringify(message) + '\n');

// Whoever started this holds its input open: it ends with them.
process.stdin.on('end', () => process.exit(0));

if (process.argv[2] === 'server') server();
else phone();

function server() {
  const Memory = PouchDB.defaults({ adapter: 'memory' });
  const app = load('express-pouchdb')(Memory, { mode: 'minimumForPouchDB', inMemoryConfig: true });
  const listening = load('http').createServer({ keepAliveTimeout: 600000 }, app).listen(0, '127.0.0.1', () => {
    process.stdin.resume();
    say({ port: listening.address().port });
  });
}

function phone() {
  const local = new PouchDB('phone', { adapter: 'memory' });
  let remote;
  let direct;
  const doing = {
    // Two ways to one database: through what is measured, and past it.
    at: async ({ measured, past }) => {
      direct = new PouchDB(`${past}/${NAME}`);
      await direct.info();
      remote = new PouchDB(`${measured}/${NAME}`, { skip_setup: true });
    },
    put: ({ docs }) => put(local, docs),
    'put-there': ({ docs }) => put(direct, docs),
    sync: async () => {
      const { push, pull } = await local.sync(remote);
      return { pushed: push.docs_written, pulled: pull.docs_written };
    },
    // Pushes for as long as it takes: what breaks is tried again.
    push: ({ batch }) =>
      new Promise((done, failed) => {
        const options = { live: true, retry: true, batch_size: batch, back_off_function: () => 1000 };
        const going = local.replicate.to(remote, options);
        going.on('paused', (error) => error || done({}, going.cancel()));
        going.on('error', failed);
      }),
  };
  let last = Promise.resolve();
  load('readline')
    .createInterface({ input: process.stdin })
    .on('line', (line) => {
      const told = JSON.parse(line);
      const act = () => doing[told.do](told).then((answer) => say({ ok: true, ...answer }));
      last = last.then(act).catch((error) => say({ ok: false, why: String(error.stack || error.reason || error) }));
    });
}

// Each document over the revision that is there.
async function put(db, docs) {
  const { rows } = await db.allDocs({ keys: docs.map((doc) => doc._id) });
  const revised = docs.map((doc, at) => (rows[at].value ? { ...doc, _rev: rows[at].value.rev } : doc));
  const failed = (await db.bulkDocs(revised)).filter((done) => done.error);
  if (failed.length > 0) throw new Error(JSON.stringify(failed[0]));
  return { put: docs.length };
}
