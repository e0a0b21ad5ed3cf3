// The official client of TypeScript, first major version: what most programs use today.
import { command, describeClient, describeTokens, require, url, withToken } from './suite.mjs';

const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');
const { ElicitRequestSchema } = require('@modelcontextprotocol/sdk/types.js');

const kTransports = {
  stdio: () => new StdioClientTransport(command),
  http: () => new StreamableHTTPClientTransport(url, withToken(process.env.DBOPS_TOKEN)),
};

for (const [transport, connect] of Object.entries(kTransports)) {
  describeClient(`client 1, ${transport}`, async ({ elicit }) => {
    const client = new Client({ name: 'dbops-test', version: '1' }, { capabilities: elicit ? { elicitation: {} } : {} });
    if (elicit) client.setRequestHandler(ElicitRequestSchema, elicit);
    await client.connect(connect());
    return {
      client,
      call: (tool, args, options) => client.callTool({ name: tool, arguments: args }, undefined, options),
      close: () => client.close(),
    };
  });
}

describeTokens('client 1', options =>
  new Client({ name: 'dbops-test', version: '1' }).connect(new StreamableHTTPClientTransport(url, options)));
