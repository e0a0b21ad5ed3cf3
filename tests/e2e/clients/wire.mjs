// What dbops says, byte for byte as it said it, against the message schemas that the official packages carry: of 2025-11-25 the
// zod types of @modelcontextprotocol/sdk 1.x, of 2026-07-28 the wire schemas inside @modelcontextprotocol/client 2.x.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { Module, createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(`${process.env.DBOPS_CLIENTS}/`);
const legacy = require('@modelcontextprotocol/sdk/types.js');
const Ajv2020 = require('ajv/dist/2020').default;
const modern = loadModern();

const kVersionKey = 'io.modelcontextprotocol/protocolVersion';
const kResults = {
  initialize: 'Initialize', ping: 'Empty', 'tools/list': 'ListTools', 'tools/call': 'CallTool', 'resources/list': 'ListResources',
  'resources/templates/list': 'ListResourceTemplates', 'resources/read': 'ReadResource', 'prompts/list': 'ListPrompts',
  'prompts/get': 'GetPrompt', 'completion/complete': 'Complete', 'server/discover': 'Discover', 'resources/subscribe': 'Empty',
  'resources/unsubscribe': 'Empty', 'subscriptions/listen': 'SubscriptionsListen', 'tasks/get': 'GetTask', 'tasks/list': 'ListTasks',
  'tasks/cancel': 'CancelTask', 'tasks/result': 'CallTool',
};

// The package keeps them in a module of its own and hands out none of them: the module is loaded with its builder handed out.
function loadModern() {
  const folder = dirname(require.resolve('@modelcontextprotocol/client'));
  const [file] = readdirSync(folder).filter(name => /^src-.*\.cjs$/.test(name));
  const module = new Module(join(folder, file));
  module.filename = module.id;
  module.paths = Module._nodeModulePaths(folder);
  module._compile(`${readFileSync(module.id, 'utf8')}\nexports.schemas = buildSchemas2026;`, module.id);
  return module.exports.schemas();
}

// All conversations of one client. What was wrong is gathered, to be told at the end.
export class Wire {
  problems = [];
  kinds = new Set();  // Methods and tools that were answered, "error", methods of what the server sent.
  outputs = new Map();  // By tool: what checks its structuredContent.
  taps = [];

  // `isModern`: the era of what belongs to no request.
  tap(isModern) {
    this.taps.push(new Tap(this, isModern));
    return this.taps.at(-1);
  }

  check(schema, value, what) {
    const parsed = schema ? schema.safeParse(value) : { success: false, error: 'there is no such message in this revision' };
    if (!parsed.success) this.problems.push(`${what}: ${parsed.error.message ?? parsed.error}\n${JSON.stringify(value).slice(0, 500)}`);
  }

  finish(kinds) {
    this.taps.forEach(tap => tap.drain());
    assert.deepEqual(this.problems, []);
    for (const kind of kinds) assert.ok(this.kinds.has(kind), `no ${kind} among ${[...this.kinds].join(', ')}`);
  }
}

// One conversation.
class Tap {
  #wire;
  #isModern;
  #asked = new Map();  // By id: the request.
  #drained = () => {};

  constructor(wire, isModern) {
    this.#wire = wire;
    this.#isModern = isModern;
  }

  sent(message) {
    if (message.method !== undefined && message.id !== undefined) this.#asked.set(message.id, message);
  }

  heard(message) {
    if (message.method === undefined) return this.#answer(message);
    this.#wire.kinds.add(message.method);
    if (message.id !== undefined) return this.#wire.check(this.#isModern ? undefined : legacy.ServerRequestSchema, message, message.method);
    const schema = this.#isModern ? modern.notificationSchemas2026[message.method] : legacy.ServerNotificationSchema;
    this.#wire.check(schema, message, message.method);
  }

  #answer(message) {
    if (message.error !== undefined) {
      this.#wire.kinds.add('error');
      return this.#wire.check(legacy.JSONRPCErrorResponseSchema, message, 'error');
    }
    const request = this.#asked.get(message.id);
    if (!request) return this.#wire.problems.push(`an answer to nothing: ${JSON.stringify(message).slice(0, 500)}`);
    const { method, params } = request;
    this.#wire.kinds.add(message.result?.resultType === 'input_required' ? 'input_required' : method);
    if (params?._meta?.[kVersionKey]) {
      this.#wire.check(modern[`${kResults[method]}ResultResponseSchema`], message, method);
    } else {
      this.#wire.check(legacy.JSONRPCResultResponseSchema, message, method);
      const result = method === 'tools/call' && params.task ? 'CreateTask' : kResults[method];
      this.#wire.check(legacy[`${result}ResultSchema`], message.result, method);
    }
    this.#structured(method, params, message.result);
  }

  #structured(method, params, result) {
    if (method === 'tools/list')
      for (const tool of result.tools)
        this.#wire.outputs.set(tool.name, new Ajv2020({ strict: false, allErrors: true }).compile(tool.outputSchema));
    const valid = this.#wire.outputs.get(params?.name);
    if (method !== 'tools/call' || !valid || result.structuredContent === undefined) return;
    this.#wire.kinds.add(params.name);
    if (!valid(result.structuredContent)) this.#wire.problems.push(`${params.name}: ${JSON.stringify(valid.errors)}`);
  }

  // A fetch() whose bodies are heard, too.
  fetch = async (url, options) => {
    if (typeof options?.body === 'string') this.sent(JSON.parse(options.body));
    const response = await fetch(url, options);
    if (!response.body) return response;
    const [ours, theirs] = response.body.tee();
    this.#listen(ours, /event-stream/.test(response.headers.get('content-type')));
    return new Response(theirs, { status: response.status, statusText: response.statusText, headers: response.headers });
  };

  async #listen(stream, isEvents) {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const piece of stream) {
        text += decoder.decode(piece, { stream: true });
        if (!isEvents) continue;
        const events = text.split('\n\n');
        text = events.pop();
        for (const event of events) this.#event(event);
      }
      if (!isEvents && text) this.heard(JSON.parse(text));
    } catch (failure) {
      if (failure.name !== 'AbortError') this.#wire.problems.push(`${failure}`);
    }
  }

  #event(event) {
    const data = event.split('\n').filter(line => line.startsWith('data:')).map(line => line.slice(5).trimStart());
    if (data.join('')) this.heard(JSON.parse(data.join('\n')));
  }

  // The command of a stdio client, with both its directions kept in files, which are looked at in the end. A client may start it
  // more than once.
  command({ command, args, ...rest }) {
    const folder = mkdtempSync(join(process.env.DBOPS_WORLD, 'wire-'));
    const lines = file => readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1).map(line => JSON.parse(line));
    this.#drained = () => {
      for (const output of readdirSync(folder).filter(name => name.startsWith('output'))) {
        this.#asked.clear();
        lines(output.replace('output', 'input')).forEach(message => this.sent(message));
        lines(output).forEach(message => this.heard(message));
      }
    };
    const script = 'folder=$1; shift; tee "$folder/input.$$" | "$@" | tee "$folder/output.$$"';
    return { command: 'sh', args: ['-c', script, 'sh', folder, command, ...args], ...rest };
  }

  drain() {
    this.#drained();
    this.#drained = () => {};
  }
}
