// check.mjs HOME SERVER.json: prints what the registry's schema has against it; exits 1 where that is anything.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [home, file] = process.argv.slice(2);
const require = createRequire(`${home}/`);
const { Ajv } = require('ajv');
const ajv = new Ajv({ strict: false, allErrors: true });
require('ajv-formats')(ajv);
const parse = name => JSON.parse(readFileSync(name, 'utf8'));

const document = parse(file);
const schema = parse(`${home}/server.schema.json`);
if (document.$schema !== schema.$id) throw new Error(`${document.$schema} is not ${schema.$id}`);
const check = ajv.compile(schema);
if (!check(document)) {
  for (const { instancePath, message } of check.errors) console.log(`${instancePath}: ${message}`);
  process.exitCode = 1;
}
