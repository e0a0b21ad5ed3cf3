// Tasks of 2025-11-25, by the experimental part of the official client's first major version.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, psql, require, rows, text, withTable } from './suite.mjs';
import { Wire } from './wire.mjs';

const { CallToolResultSchema, CreateTaskResultSchema, ProgressNotificationSchema, TaskStatusNotificationSchema } =
  require('@modelcontextprotocol/sdk/types.js');

const kTaskTools = ['query', 'execute', 'explain', 'operate'];
const kTaskKinds = ['initialize', 'tools/list', 'tools/call', 'tasks/get', 'tasks/list', 'tasks/result', 'tasks/cancel',
  'notifications/tasks/status', 'notifications/progress', 'elicitation/create', 'error'];
const kRelated = 'io.modelcontextprotocol/related-task';
const kSlow = "SELECT i, pg_sleep(0.05)::text AS slept FROM generate_series(1, 30) i";

async function gather(stream) {
  const messages = [];
  for await (const message of stream) messages.push(message);
  return messages;
}
const last = messages => messages.at(-1);

// `connect({elicit, wire})` answers {client, call, close()}.
export function describeTasks(name, connect) {
  describe(name, () => {
    const wire = new Wire();
    const open = options => connect({ ...options, wire });
    const session = {};
    const told = [];
    let tasks;
    before(async () => {
      Object.assign(session, await open({}));
      session.client.setNotificationHandler(TaskStatusNotificationSchema, ({ params }) => { told.push(params); });
      tasks = session.client.experimental.tasks;
    });
    after(() => session.close?.());
    const begin = async (tool, args, options = {}) => {
      const stream = tasks.callToolStream({ name: tool, arguments: args }, CallToolResultSchema, { task: { ttl: 60_000 }, ...options });
      const { value } = await stream.next();
      assert.equal(value.type, 'taskCreated', `${value.error}`);
      return { id: value.task.taskId, stream };
    };
    const query = statement => ({ connection: 'pg', statement });

    it('says which tools can be tasks', async () => {
      assert.deepEqual(session.client.getServerCapabilities().tasks, { list: {}, cancel: {}, requests: { tools: { call: {} } } });
      const { tools } = await session.client.listTools();
      const named = tools.filter(tool => tool.execution).map(tool => [tool.name, tool.execution.taskSupport]);
      assert.deepEqual(named, tools.map(tool => tool.name).filter(tool => kTaskTools.includes(tool)).map(tool => [tool, 'optional']));
    });

    it('calls a tool as a task, because the list says so', async () => {
      const messages = await gather(tasks.callToolStream({ name: 'query', arguments: query('SELECT 41 + 1 AS n') }));
      assert.equal(messages[0].type, 'taskCreated');
      assert.equal(last(messages).type, 'result', `${last(messages).error}`);
      assert.deepEqual(rows(last(messages).result), [[42]]);
      assert.deepEqual(last(messages).result._meta[kRelated], { taskId: messages[0].task.taskId });
    });

    it('waits for a result, hears of progress and of the end', async () => {
      const progress = [];
      session.client.setNotificationHandler(ProgressNotificationSchema, ({ params }) => { progress.push(params); });
      const params = { name: 'query', arguments: query(kSlow), task: {}, _meta: { progressToken: 'slow' } };
      const { task } = await session.client.request({ method: 'tools/call', params },
        CreateTaskResultSchema);
      const result = await tasks.getTaskResult(task.taskId, CallToolResultSchema);
      assert.equal(rows(result).length, 30);
      assert.equal((await tasks.getTask(task.taskId)).status, 'completed');
      await eventually('the end is told', 5000, () => told.some(each => each.taskId === task.taskId && each.status === 'completed'));
      await eventually('progress is told', 5000, () => progress.length > 0);
      assert.ok(progress.every(each => each.progressToken === 'slow' && each._meta[kRelated].taskId === task.taskId));
    });

    it('tells why one has failed, and its result', async () => {
      const { id, stream } = await begin('query', query('SELECT * FROM no_such_table'));
      assert.equal(last(await gather(stream)).type, 'error');
      const task = await tasks.getTask(id);
      assert.equal(task.status, 'failed');
      assert.match(task.statusMessage, /no_such_table/);
      const result = await tasks.getTaskResult(id, CallToolResultSchema);
      assert.equal(result.isError, true);
      assert.match(text(result), /no_such_table/);
    });

    it('cancels one in the database', async () => {
      const mark = `mark_${Math.floor(Math.random() * 1e9)}`;
      const running = () => Number(psql(`SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%${mark}%'
        AND pid <> pg_backend_pid()`));
      const statement = `SELECT count(*) AS ${mark} FROM generate_series(1, 100000) a, generate_series(1, 100000) b`;
      const { id } = await begin('query', query(statement));
      await eventually('the query runs', 5000, () => running() === 1);
      assert.equal((await tasks.cancelTask(id)).status, 'cancelled');
      await eventually('the query is gone', 5000, () => running() === 0);
      await assert.rejects(tasks.getTaskResult(id, CallToolResultSchema), failure => failure.code === -32602);
      await assert.rejects(tasks.cancelTask(id), failure => failure.code === -32602);
    });

    it('lists them', async () => {
      const { id, stream } = await begin('query', query('SELECT 1'));
      await gather(stream);
      const ids = [];
      let cursor;
      do {
        const page = await tasks.listTasks(cursor);
        ids.push(...page.tasks.map(task => task.taskId));
        cursor = page.nextCursor;
      } while (cursor);
      assert.ok(ids.includes(id));
      await assert.rejects(tasks.getTask('no-such-task'), failure => failure.code === -32602);
    });

    for (const action of ['accept', 'decline']) {
      it(`asks the person while it waits for the result: ${action}`, () => withTable(async table => {
        const asked = [];
        const asking = await open({
          elicit: request => {
            asked.push(request.params);
            const [field] = Object.keys(request.params.requestedSchema.properties);
            return action === 'accept' ? { action, content: { [field]: true } } : { action };
          },
        });
        try {
          const params = { name: 'execute', arguments: { connection: 'pg_write', statement: `DELETE FROM ${table}` } };
          const stream = asking.client.experimental.tasks.callToolStream(params, CallToolResultSchema, { task: {} });
          const messages = await gather(stream);
          const { taskId } = messages[0].task;
          assert.equal(asked.length, 1);
          assert.match(asked[0].message, new RegExp(table));
          assert.equal(asked[0]._meta[kRelated].taskId, taskId);
          assert.equal(psql(`SELECT count(*) FROM ${table}`), action === 'accept' ? '0' : '3');
          assert.equal((await asking.client.experimental.tasks.getTask(taskId)).status, action === 'accept' ? 'completed' : 'failed');
        } finally {
          await asking.close();
        }
      }));
    }

    it('says nothing that the schemas of its revision do not allow', () => wire.finish(kTaskKinds));
  });
}
