// ai-jobs.d.ts: it is the service's, and it holds producers to it.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const FOLDER = fileURLToPath(new URL("..", import.meta.url));
const TSC = [
  "node_modules/typescript/bin/tsc",
  ...["--noEmit", "--strict", "--skipLibCheck"],
  ...["--target", "es2022", "--module", "nodenext"],
];

const run = promisify(execFile);
const openApi = async () =>
  (await run("npm", ["run", "--silent", "openapi"], { cwd: FOLDER, maxBuffer: 1e8 })).stdout;

async function generated(document) {
  const generator = spawn(process.execPath, ["generate-types.mjs"], { cwd: FOLDER });
  generator.stdin.end(document);
  const [types] = await Promise.all([text(generator.stdout), once(generator, "exit")]);
  return types;
}

test("The committed types are those of the service; `npm run types` brings them up to date.", async () => {
  const committed = await readFile(new URL("../ai-jobs.d.ts", import.meta.url), "utf8");

  const types = await generated(await openApi());

  assert.equal(committed, types);
});

test("A producer compiles with the right payloads and with no wrong one.", async () => {
  const compiled = await run(process.execPath, [...TSC, "test/producer.ts"], { cwd: FOLDER }).catch(
    (error) => error,
  );

  assert.equal(compiled.stdout, "");
});

test("Every example that the service documents is a payload of its job.", async (t) => {
  const { paths } = JSON.parse(await openApi());
  const jobs = Object.values(paths).filter(({ post }) => post?.tags.includes("jobs"));
  const payloads = jobs.flatMap(({ post }) =>
    Object.values(post.requestBody.content["application/json"].examples).map(
      ({ value }) =>
        `(${JSON.stringify(value)}) satisfies AiJobs["${post.operationId}"]["payload"];`,
    ),
  );
  const file = new URL("examples.generated.ts", import.meta.url);
  t.after(() => run("rm", ["-f", fileURLToPath(file)]));
  await writeFile(file, ['import type { AiJobs } from "../ai-jobs.js";', ...payloads].join("\n"));

  const compiled = await run(process.execPath, [...TSC, fileURLToPath(file)], {
    cwd: FOLDER,
  }).catch((error) => error);

  assert.ok(payloads.length > 0);
  assert.equal(compiled.stdout, "");
});

test("A shape that two jobs share is one type, and shapes within shapes are in snake_case too.", async () => {
  const shape = (properties) => ({ type: "object", properties, required: Object.keys(properties) });
  const reference = (name) => ({ $ref: `#/components/schemas/${name}` });
  const job = (name, payload) => ({
    post: {
      tags: ["jobs"],
      operationId: name,
      summary: "Title",
      description: "Text.",
      requestBody: { content: { "application/json": { schema: reference(payload) } } },
      responses: { 200: { content: { "application/json": { schema: reference("Receipt") } } } },
    },
  });
  const document = {
    paths: {
      a: job("one", "A"),
      b: job("two", "A"),
      c: job("three", "B"),
      d: { get: { tags: [] } },
    },
    components: {
      schemas: {
        A: shape({ studentIds: { type: "array", items: { type: "string" }, title: "Studentids" } }),
        B: shape({ allFigures: { type: "array", items: reference("Figure") } }),
        Figure: shape({ shareOfPlaced: { type: "number" } }),
        Receipt: shape({ resultId: { type: "string" }, runId: { type: "string" } }),
      },
    },
  };

  const types = await generated(JSON.stringify(document));

  const declared = [...types.matchAll(/export (?:interface|type) (\w+)/g)].map(([, name]) => name);
  assert.deepEqual(declared.sort(), ["A", "AiJobResult", "AiJobs", "B", "Figure"]);
  assert.match(types, /student_ids: string\[\];/);
  assert.match(types, /all_figures: Figure\[\];/);
  assert.match(types, /share_of_placed: number;/);
  assert.match(types, /resultId: string;/);
  assert.doesNotMatch(types, /runId/);
});
