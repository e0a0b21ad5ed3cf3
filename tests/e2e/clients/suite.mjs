// What every JavaScript client must see, whatever its package, era and transport.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it, before, after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Wire } from './wire.mjs';

// The packages stand outside the tree (./install): required from there.
export const require = createRequire(`${process.env.DBOPS_CLIENTS}/`);
const Ajv2020 = require('ajv/dist/2020').default;

export const world = process.env.DBOPS_WORLD;
export const url = new URL(process.env.DBOPS_URL);
export const withToken = token => ({ requestInit: { headers: { Authorization: `Bearer ${token}` } } });
export const command = { command: process.env.DBOPS, args: ['mcp', '--config', `${world}/dbops.toml`],
  env: { ...process.env }, stderr: 'inherit' };

const kToolNames = ['list_connections', 'explore', 'query', 'execute', 'explain', 'diagnose', 'operations', 'operate',
  'load', 'search'];
const kKinds = [...kToolNames, 'tools/list', 'tools/call', 'resources/list', 'resources/templates/list', 'resources/read', 'prompts/list', 'prompts/get',
  'completion/complete', 'notifications/progress', 'error'];
export const kLegacyKinds = [...kKinds, 'initialize', 'elicitation/create'];
export const kModernKinds = [...kKinds, 'server/discover', 'input_required'];
const kToolsBytesMax = 8000;  // of tools/list without output schemas
const kCancelMs = 1000;  // until a cancelled query is gone from the server; asking it takes a part of that
const { cases } = JSON.parse(readFileSync(new URL('cases.json', import.meta.url)));

export const text = result => result.content.filter(part => part.type === 'text').map(part => part.text).join('\n');
export const rows = result => result.structuredContent?.rows;
export const psql = sql => execFileSync('psql', ['-XAtq', '-d', process.env.DBOPS_CLIENTS_PG, '-c', sql], { encoding: 'utf8' }).trim();

export async function eventually(what, within_ms, probe) {
  const end = Date.now() + within_ms;
  while (!(await probe())) {
    assert.ok(Date.now() < end, `${what} within ${within_ms} ms`);
    await pause(5);
  }
}

// A table of three rows, for as long as `work(name)` takes.
export async function withTable(work) {
  const table = `doomed_${Math.floor(Math.random() * 1e9)}`;
  psql(`CREATE TABLE ${table} AS SELECT * FROM notes`);
  try {
    await work(table);
  } finally {
    psql(`DROP TABLE ${table}`);
  }
}

function check(expected, result) {
  const shown = text(result);
  assert.equal(result.isError ?? false, expected.error !== undefined, shown);
  for (const [key, value] of Object.entries(expected.expect ?? {})) assert.deepEqual(result.structuredContent[key], value, key);
  for (const [key, value] of Object.entries(expected.error ?? {})) assert.equal(result.structuredContent.error[key], value, shown);
  if (expected.error) assert.ok(result.structuredContent.error.message.length > 0);
  for (const part of expected.text ?? []) assert.ok(shown.includes(part), `"${part}" in:\n${shown}`);
  for (const part of expected.text_lacks ?? []) assert.ok(!JSON.stringify(result).includes(part), `no "${part}" in:\n${shown}`);
}

// Every schema is one of 2020-12, plain: no unions, no lists of types, items in arrays, a description of one line a property.
function checkSchema(tool) {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  ajv.compile(tool.inputSchema);
  const visit = (schema, path, described) => {
    for (const union of ['anyOf', 'oneOf', 'allOf', 'not', '$ref']) assert.ok(!(union in schema), `${path}: ${union}`);
    assert.ok(!Array.isArray(schema.type), `${path}: a list of types`);
    if (described) assert.match(schema.description ?? '', /^[^\n]{3,}$/, `${path}: a description`);
    if (schema.type === 'array') {
      assert.ok(schema.items, `${path}: items`);
      visit(schema.items, `${path}[]`, false);
    }
    for (const [name, property] of Object.entries(schema.properties ?? {})) visit(property, `${path}.${name}`, true);
  };
  visit(tool.inputSchema, tool.name, false);
  if (tool.outputSchema) new Ajv2020({ strict: false }).compile(tool.outputSchema);
}

function describeTools(session) {
  it('lists the tools, in few bytes and plain schemas', async () => {
    const { tools } = await session.client.listTools();
    assert.deepEqual(tools.map(tool => tool.name).sort(), [...kToolNames].sort());
    tools.forEach(checkSchema);
    const bare = tools.map(({ outputSchema, ...rest }) => rest);
    assert.ok(Buffer.byteLength(JSON.stringify({ tools: bare })) < kToolsBytesMax);
    assert.ok(tools.every(tool => tool.outputSchema), 'every tool has an output schema');
    const reads = tools.filter(tool => tool.annotations?.readOnlyHint).map(tool => tool.name);
    assert.ok(reads.includes('query') && !reads.includes('execute') && !reads.includes('operate'));
  });

  for (const expected of cases) {
    it(expected.name, async () => {
      const result = await session.call(expected.tool, expected.arguments);
      check(expected, result);
      const { tools } = await session.client.listTools();
      const { outputSchema } = tools.find(tool => tool.name === expected.tool);
      const valid = new Ajv2020({ strict: false, allErrors: true }).compile(outputSchema);
      assert.ok(valid(result.structuredContent), JSON.stringify(valid.errors));
    });
  }

  it('reads on behind a cursor, once', async () => {
    const statement = 'SELECT id FROM flights ORDER BY id';
    let page = await session.call('query', { connection: 'demo', statement, limit: 400 });
    const ids = rows(page).flat();
    let used;
    while (ids.length < 1200) {
      used = page.structuredContent.cursor;
      assert.ok(page.structuredContent.truncated && used);
      page = await session.call('query', { connection: 'demo', cursor: used, limit: 400 });
      ids.push(...rows(page).flat());
    }
    assert.deepEqual(ids, Array.from({ length: 1200 }, (_, index) => index + 1));
    const again = await session.call('query', { connection: 'demo', cursor: used });
    check({ error: { code: 'expired' } }, again);
  });

  it('hears how many rows have come', async () => {
    const told = [];
    const statement = "SELECT i, repeat('x', 9000) AS wide, pg_sleep(0.02)::text AS slept FROM generate_series(1, 40) i";
    const page = await session.call('query', { connection: 'pg', statement }, { onprogress: ({ progress }) => told.push(progress) });
    assert.equal(rows(page).length, 40);
    assert.ok(told.length >= 1 && told.length <= 5 && told.every(count => count > 0 && count <= 40), `${told}`);
  });

  it('is refused a tool that is not there', async () => {
    await assert.rejects(session.call('no_such_tool', {}), failure => failure.code === -32602);
  });
}

// What people pick by hand: documents of the schema, and prompts made from it.
function describeOffers(session) {
  const complete = async (ref, name, value, chosen = {}) =>
    (await session.client.complete({ ref, argument: { name, value }, context: { arguments: chosen } })).completion.values;
  const schema = { type: 'ref/resource', uri: 'dbops://{connection}/{+path}' };

  it('lists a document for each connection, and the template of all others', async () => {
    const { resources } = await session.client.listResources();
    assert.deepEqual(resources.map(resource => resource.uri).sort(),
      ['demo', 'down', 'lite', 'pg', 'pg_write'].map(name => `dbops://${name}/`));
    const { resourceTemplates } = await session.client.listResourceTemplates();
    assert.deepEqual(resourceTemplates.map(template => template.uriTemplate), [schema.uri, 'result://{name}/{page}', 'topic://{connection}/{+name}']);
  });

  it('reads documents', async () => {
    const read = async uri => (await session.client.readResource({ uri })).contents[0];
    assert.match((await read('dbops://demo/')).text, /flights/);
    const table = await read('dbops://pg/public.kinds');
    assert.equal(table.mimeType, 'text/markdown');
    assert.match(table.text, /exact numeric\(30,10\)/);
    await assert.rejects(read('dbops://pg/public.nothing'), failure => [-32602, -32002].includes(failure.code));
    await assert.rejects(read('dbops://down/'), failure => failure.code === -32603 && !failure.message.includes('hidden-password'));
  });

  it('completes connections and paths from the live catalogue', async () => {
    assert.deepEqual(await complete(schema, 'connection', 'pg'), ['pg', 'pg_write']);
    assert.deepEqual(await complete(schema, 'path', 'public.no', { connection: 'pg' }), ['public.notes']);
    assert.deepEqual(await complete(schema, 'path', 'airp', { connection: 'demo' }), ['airports']);
    const table = `fresh_${Math.floor(Math.random() * 1e9)}`;
    psql(`CREATE TABLE ${table} (id int)`);
    try {
      assert.deepEqual(await complete({ type: 'ref/prompt', name: 'write_query' }, 'path', table, { connection: 'pg' }),
        [`public.${table}`]);
    } finally {
      psql(`DROP TABLE ${table}`);
    }
  });

  it('makes prompts of what is there', async () => {
    const { prompts } = await session.client.listPrompts();
    assert.deepEqual(prompts.map(prompt => prompt.name),
      ['explore_database', 'write_query', 'diagnose_slowness', 'plan_migration', 'review_access']);
    const values = { connection: 'pg', question: 'How many notes?', change: 'a column for colours' };
    for (const { name, arguments: declared } of prompts) {
      const given = Object.fromEntries(declared.filter(one => one.required).map(one => [one.name, values[one.name]]));
      const { messages } = await session.client.getPrompt({ name, arguments: given });
      assert.match(messages[0].content.text, name === 'diagnose_slowness' ? /^> /m : /> .*(notes|kinds)/, name);
    }
    await assert.rejects(session.client.getPrompt({ name: 'write_query', arguments: { connection: 'pg' } }),
      failure => failure.code === -32602);
  });
}

// Cancelling reaches the server: the query is gone from it, and the next call works.
function describeCancel(session) {
  it('cancels a query of PostgreSQL on the server', async () => {
    const mark = `mark_${Math.floor(Math.random() * 1e9)}`;
    const running = () => Number(psql(`SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%${mark}%'
      AND pid <> pg_backend_pid()`));
    const stop = new AbortController();
    const statement = `SELECT count(*) AS ${mark} FROM generate_series(1, 100000) a, generate_series(1, 100000) b`;
    const call = session.call('query', { connection: 'pg', statement }, { signal: stop.signal });
    const rejected = assert.rejects(call);
    await eventually('the query runs', 5000, () => running() === 1);
    stop.abort('enough');
    await rejected;
    await eventually('the query is gone', kCancelMs, () => running() === 0);
    assert.deepEqual(rows(await session.call('query', { connection: 'pg', statement: 'SELECT 1' })), [[1]]);
  });

  it('cancels a query of SQLite, which is no trouble to the transport', async () => {
    const troubles = [];
    session.client.onerror = error => troubles.push(error.message);
    const stop = new AbortController();
    const statement = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
    const call = session.call('query', { connection: 'demo', statement }, { signal: stop.signal });
    const rejected = assert.rejects(call);
    await pause(50);
    stop.abort('enough');
    await rejected;
    assert.deepEqual(rows(await session.call('query', { connection: 'demo', statement: 'SELECT 1' })), [[1]]);
    session.client.onerror = undefined;
    assert.deepEqual(troubles, []);
  });
}

// A destructive statement runs only after a person's yes, or with the token of an earlier answer.
function describeConfirmation(open) {
  const notes = async (session, table) =>
    rows(await session.call('query', { connection: 'pg_write', statement: `SELECT count(*) FROM ${table}` }))[0][0];
  const withSession = (options, work) => withTable(async table => {
    const session = await open(options);
    try {
      await work(session, table, { connection: 'pg_write', statement: `DELETE FROM ${table}` });
    } finally {
      await session.close();
    }
  });

  it('asks the person, and acts on a yes', () => {
    const asked = [];
    const elicit = request => {
      asked.push(request.params.message);
      const [name] = Object.keys(request.params.requestedSchema.properties);
      return { action: 'accept', content: { [name]: true } };
    };
    return withSession({ elicit }, async (session, table, statement) => {
      const result = await session.call('execute', statement);
      assert.equal(result.isError ?? false, false, text(result));
      assert.equal(asked.length, 1);
      assert.match(asked[0], new RegExp(table));
      assert.equal(await notes(session, table), 0);
    });
  });

  for (const answer of [{ action: 'decline' }, { action: 'cancel' }]) {
    it(`does nothing on ${answer.action}`, () => withSession({ elicit: () => answer }, async (session, table, statement) => {
      const result = await session.call('execute', statement);
      assert.equal(result.isError, true);
      assert.equal(result.structuredContent.error.effect, 'none');
      assert.equal(await notes(session, table), 3);
    }));
  }

  it('hands out a token where it can not ask, good for one statement, once', () => withSession({}, async (session, table, statement) => {
    const first = await session.call('execute', statement);
    assert.equal(await notes(session, table), 3, 'nothing was done yet');
    check({ error: { code: 'confirmation_required', effect: 'none' } }, first);
    const { token } = first.structuredContent.confirmation;
    const other = await session.call('execute', { ...statement, statement: `DELETE FROM ${table} WHERE true`, confirm: token });
    assert.equal(other.isError, true, 'another statement is not confirmed by it');
    const second = await session.call('execute', { ...statement, confirm: token });
    assert.equal(second.isError ?? false, false, text(second));
    assert.equal(await notes(session, table), 0);
    const third = await session.call('execute', { ...statement, confirm: token });
    assert.equal(third.isError, true, 'a used token is of no more use');
  }));
}

// What looks at messages finds what is wrong with them.
export function describeWire() {
  describe('the look at messages', () => {
    const wrong = [
      ['a result of another shape', { result: { tools: 1 } }],
      ['a member too much', { result: { tools: [] }, error_code: 1 }],
      ['an error without a code', { error: { message: 'x' } }],
      ['an answer to nothing', { id: 2, result: {} }],
      ['a notification that is none', { id: undefined, method: 'notifications/nothing' }],
    ];
    for (const modern of [false, true]) {
      for (const [what, members] of wrong) {
        it(`finds ${what}, ${modern ? 'modern' : 'legacy'}`, () => {
          const wire = new Wire();
          const tap = wire.tap(modern);
          const meta = modern ? { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } : {};
          tap.sent({ jsonrpc: '2.0', id: 1, method: 'resources/list', params: { _meta: meta } });
          tap.heard(JSON.parse(JSON.stringify({ jsonrpc: '2.0', id: 1, ...members })));
          assert.throws(() => wire.finish([]));
        });
      }
    }
  });
}

// Over HTTP nobody gets in but with a token. `connect(options)` connects a client whose transport has these options.
export function describeTokens(name, connect) {
  describe(`${name}: tokens`, () => {
    for (const [what, options] of [['none', {}], ['a wrong one', withToken('dbops_wrong')]]) {
      it(`is refused with ${what}`, async () => {
        await assert.rejects(connect(options), failure => [failure.status, failure.code].includes(401) || /\b401\b/.test(failure.message));
      });
    }
  });
}

// `open({elicit, wire})` answers {client, call(tool, arguments, options), close()}; all that came over the wire was one of `kinds` at
// the end, and as its revision's schemas want it.
export function describeClient(name, kinds, connect) {
  describe(name, () => {
    const session = {};
    const wire = new Wire();
    const open = options => connect({ ...options, wire });
    before(async () => Object.assign(session, await open({})));
    after(() => session.close?.());
    describeTools(session);
    describeOffers(session);
    describeCancel(session);
    describeConfirmation(open);
    it('says nothing that the schemas of its revision do not allow', () => wire.finish(kinds));
  });
}
