// The official client of TypeScript, first major version: what most programs use today.
import { command, describeClient, describeTokens, kLegacyKinds, require, url, withToken } from './suite.mjs';
import { describeTasks } from './tasks.mjs';

const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');
const { ElicitRequestSchema } = require('@modelcontextprotocol/sdk/types.js');

const kTransports = {
  stdio: tap => new StdioClientTransport(tap.command(command)),
  http: tap => new StreamableHTTPClientTransport(url, { ...withToken(process.env.DBOPS_TOKEN), fetch: tap.fetch }),
};

for (const [transport, connect] of Object.entries(kTransports)) {
  const open = async ({ elicit, wire }) => {
    const client = new Client({ name: 'dbops-test', version: '1' }, { capabilities: elicit ? { elicitation: {} } : {} });
    if (elicit) client.setRequestHandler(ElicitRequestSchema, elicit);
    await client.connect(connect(wire.tap(false)));
    return {
      client,
      call: (tool, args, options) => client.callTool({ name: tool, arguments: args }, undefined, options),
      close: () => client.close(),
    };
  };
  describeClient(`client 1, ${transport}`, kLegacyKinds, open);
  describeTasks(`client 1, tasks, ${transport}`, open);
}

describeTokens('client 1', options =>
  new Client({ name: 'dbops-test', version: '1' }).connect(new StreamableHTTPClientTransport(url, options)));
