// Reads JSON lines, each a string, and answers each with its number of tokens (o200k_base):
//     node tokens.mjs FOLDER_OF_GPT_TOKENIZER
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const { encode } = await import(pathToFileURL(`${process.argv[2]}/esm/encoding/o200k_base.js`).href);
for await (const line of createInterface({ input: process.stdin })) console.log(encode(JSON.parse(line)).length);
