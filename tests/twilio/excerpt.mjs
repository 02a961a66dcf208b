// Cuts the operations we use out of Twilio's OpenAPI description: `node excerpt.mjs twilio_api_v2010.yaml TARGET`.
// Prose goes; bodies are closed, so that a field Twilio does not know is refused; nothing else is changed. Prism
// passes over what is not among a form's properties, unless it finds them one step further down.
import { readFileSync, writeFileSync } from "node:fs";
import { parse, stringify } from "yaml";

const OPERATIONS = {
  "/2010-04-01/Accounts/{AccountSid}/Messages.json": ["post"],
  "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json": ["get"],
  "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json": ["get"],
  "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json": ["get", "post"],
  "/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}.json": ["delete"],
  "/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Recordings/{Sid}.json": ["post"],
};

const [source, target] = process.argv.slice(2);
const whole = parse(readFileSync(source, "utf-8"));
const paths = {};
for (const [path, methods] of Object.entries(OPERATIONS)) {
  paths[path] = { servers: whole.paths[path].servers };
  for (const method of methods) paths[path][method] = whole.paths[path][method];
}

const schemas = {};
function keep(node) {
  if (Array.isArray(node)) return node.map(keep);
  if (node === null || typeof node !== "object") return node;
  const kept = {};
  for (const [name, value] of Object.entries(node)) {
    const isProse = (name === "description" && typeof value === "string") || name === "tags";
    if (isProse || name.startsWith("x-") || name === "summary") continue;
    kept[name] = keep(value);
    if (name === "$ref") {
      const schema = value.split("/").pop();
      if (!(schema in schemas)) {
        schemas[schema] = null;
        schemas[schema] = keep(whole.components.schemas[schema]);
      }
    }
  }
  return kept;
}

const kept = keep(paths);
for (const path of Object.values(kept))
  for (const operation of Object.values(path)) {
    for (const answer of Object.values(operation.responses ?? {})) answer.description ??= "";
    for (const body of Object.values(operation.requestBody?.content ?? {}))
      body.schema = { anyOf: [{ ...body.schema, additionalProperties: false }] };
  }
const excerpt = {
  openapi: whole.openapi,
  info: { title: whole.info.title, version: whole.info.version, license: whole.info.license },
  paths: kept,
  components: { securitySchemes: whole.components.securitySchemes, schemas },
  security: whole.security,
};
writeFileSync(target, stringify(excerpt, { aliasDuplicateObjects: false }));
