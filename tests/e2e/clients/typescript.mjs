// The official client of TypeScript, second major version: its three ways of choosing the protocol era, over stdio and HTTP.
import assert from 'node:assert/strict';
import { command, describeClient, describeTokens, describeWire, kLegacyKinds, kModernKinds, require, url, withToken } from './suite.mjs';

const { Client, StreamableHTTPClientTransport } = require('@modelcontextprotocol/client');
const { StdioClientTransport } = require('@modelcontextprotocol/client/stdio');

const kTransports = {
  stdio: tap => new StdioClientTransport(tap.command(command)),
  http: tap => new StreamableHTTPClientTransport(url, { ...withToken(process.env.DBOPS_TOKEN), fetch: tap.fetch }),
};
const kModes = {
  legacy: { mode: 'legacy', version: '2025-11-25' },
  auto: { mode: 'auto', version: '2026-07-28' },
  modern: { mode: { pin: '2026-07-28' }, version: '2026-07-28' },
};

for (const [transport, connect] of Object.entries(kTransports)) {
  for (const [name, { mode, version }] of Object.entries(kModes)) {
    const isModern = version === '2026-07-28';
    describeClient(`client 2, ${name}, ${transport}`, isModern ? kModernKinds : kLegacyKinds, async ({ elicit, wire }) => {
      const client = new Client({ name: 'dbops-test', version: '1' }, {
        capabilities: elicit ? { elicitation: {} } : {},
        versionNegotiation: { mode },
      });
      if (elicit) client.setRequestHandler('elicitation/create', elicit);
      await client.connect(connect(wire.tap(isModern)));
      assert.equal(client.getNegotiatedProtocolVersion(), version);
      return {
        client,
        call: (tool, args, options) => client.callTool({ name: tool, arguments: args }, options),
        close: () => client.close(),
      };
    });
  }
}

for (const [name, { mode }] of Object.entries(kModes)) {
  describeTokens(`client 2, ${name}`, options =>
    new Client({ name: 'dbops-test', version: '1' }, { versionNegotiation: { mode } })
      .connect(new StreamableHTTPClientTransport(url, options)));
}

describeWire();
