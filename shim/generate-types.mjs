// Prints ai-jobs.d.ts: payload and result of every job of the OpenAPI document on stdin.
//   npm run types
import { json } from "node:stream/consumers";
import { compile } from "json-schema-to-typescript";

const BANNER = `// Generated from the service's OpenAPI document by generate-types.mjs; not edited by hand.`;
const REFERENCE = "#/components/schemas/";

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const nameOf = ({ $ref }) => $ref.slice(REFERENCE.length);
// A property's title would become a type of its own.
const untitled = ({ title: _, ...schema }) => schema;
const object = (properties) => ({ type: "object", properties, required: Object.keys(properties) });

const { paths, components } = await json(process.stdin);
const operations = Object.values(paths)
  .map(({ post }) => post)
  .filter((post) => post?.tags.includes("jobs"));
const schema = {
  ...object(Object.fromEntries(operations.map((post) => [post.operationId, typesOf(post)]))),
  description: "Payload and result of every job of the queue `ai-jobs`, by the job's name.",
  components: { schemas: { ...payloadSchemas(), AiJobResult: resultSchema() } },
};
process.stdout.write(
  await compile(schema, "AiJobs", {
    additionalProperties: false,
    bannerComment: BANNER,
    format: true,
    unreachableDefinitions: false,
  }),
);

function typesOf(post) {
  const payload = post.requestBody.content["application/json"].schema;
  const result = { $ref: `${REFERENCE}AiJobResult` };
  return { ...object({ payload, result }), description: `${post.summary}. ${post.description}` };
}

// What the shim returns of the receipt.
function resultSchema() {
  const { resultId } = components.schemas.Receipt.properties;
  const description =
    "Where the result is, by its kind's route; the callback to core-api names it too.";
  return { ...object({ resultId: untitled(resultId) }), description };
}

// The service takes both cases and documents camelCase; document 000's producers write snake_case.
function payloadSchemas() {
  const schemas = {};
  const names = operations.map((post) =>
    nameOf(post.requestBody.content["application/json"].schema),
  );
  for (const name of names) {
    if (schemas[name]) continue;
    schemas[name] = inSnakeCase(components.schemas[name]);
    JSON.stringify(schemas[name], (key, value) => {
      if (key === "$ref") names.push(value.slice(REFERENCE.length));
      return value;
    });
  }
  return schemas;
}

function inSnakeCase(schema) {
  if (Array.isArray(schema)) return schema.map(inSnakeCase);
  if (typeof schema !== "object" || schema === null) return schema;
  const { properties, required, ...rest } = schema;
  const inner = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, inSnakeCase(value)]),
  );
  return {
    ...inner,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [
          snake(name),
          untitled(inSnakeCase(value)),
        ]),
      ),
    }),
    ...(required && { required: required.map(snake) }),
  };
}
