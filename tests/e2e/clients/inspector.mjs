// The Inspector's command line, over stdio and HTTP: a process for each request, as people type it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { command, url, world } from './suite.mjs';

const run = promisify(execFile);
const cli = `${process.env.DBOPS_CLIENTS}/node_modules/@modelcontextprotocol/inspector-cli/build/cli.js`;
const servers = {
  stdio: [resolve(command.command), 'mcp'],  // It takes --config for its own, so the folder has to say which.
  http: [`${url}`, '--transport', 'http', '--header', `Authorization: Bearer ${process.env.DBOPS_TOKEN}`],
};

for (const [transport, server] of Object.entries(servers)) {
  const ask = async (method, ...options) => {
    const { stdout } = await run(process.execPath, [cli, '--cli', ...server, '--method', method, ...options], { cwd: world, env: process.env });
    return JSON.parse(stdout);
  };
  const call = (tool, values) =>
    ask('tools/call', '--tool-name', tool, ...Object.entries(values).flatMap(([name, value]) => ['--tool-arg', `${name}=${value}`]));

  describe(`inspector, ${transport}`, () => {
    it('lists tools, resources, templates and prompts', async () => {
      assert.ok((await ask('tools/list')).tools.some(tool => tool.name === 'query'));
      assert.ok((await ask('resources/list')).resources.some(resource => resource.uri === 'dbops://pg/'));
      assert.equal((await ask('resources/templates/list')).resourceTemplates.length, 3);
      assert.ok((await ask('prompts/list')).prompts.some(prompt => prompt.name === 'write_query'));
    });

    it('calls tools', async () => {
      const page = await call('query', { connection: 'pg', statement: 'SELECT id FROM notes ORDER BY id', limit: 2 });
      assert.deepEqual(page.structuredContent.rows, [[1], [2]]);
      const refused = await call('query', { connection: 'pg', statement: 'DELETE FROM notes' });
      assert.equal(refused.structuredContent.error.code, 'forbidden');
    });

    it('reads a resource and gets a prompt', async () => {
      assert.match((await ask('resources/read', '--uri', 'dbops://pg/public.notes')).contents[0].text, /text text not null/);
      const { messages } = await ask('prompts/get', '--prompt-name', 'explore_database', '--prompt-args', 'connection=pg');
      assert.match(messages[0].content.text, /notes/);
    });

    it('hears why a resource is not there', async () => {
      await assert.rejects(ask('resources/read', '--uri', 'dbops://pg/public.nothing'), failure => /nothing/.test(failure.stderr));
    });
  });
}
