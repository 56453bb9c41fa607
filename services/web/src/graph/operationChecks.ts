/** What makes an operation valid, whether it is in the catalogue or travels inside a graph. */

import { checkNames, checkParameters } from "./declarations";
import { Issues } from "./issues";
import { type Input, NAME, NODE_ID, type Operation } from "./model";
import { pointer } from "./pointers";

export const TEAM = /^[a-z0-9][a-z0-9-]{0,38}$/;
/** The same shape as a node's id. */
export const OPERATION_NAME = NODE_ID;
export const POOL = /^(?:[a-z0-9][a-z0-9-]{0,38}\/)?[a-z0-9][a-z0-9_-]{0,62}$/;

const DIGEST = /^[0-9a-f]{64}$/;
const REQUIREMENT =
  /^[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9._,-]*\])?\s*(==\s*[A-Za-z0-9.!+_-]+|@\s*[a-z+]+:\/\/\S+)(\s*;[^\n]*)?$/;
const FILE_KIND = "file";
/** Kinds that run what `cmd` says; of others only their plugins know. */
const WITH_CMD = new Set(["bash_jinja2", "command", "python"]);
const LONGEST_TIMEOUT_MINUTES = 60 * 24 * 365;
const MOST_RETRIES = 100;
const RESERVED_VARIABLES = "PLYNX_";

export interface OperationContext {
  /** Kinds that workers execute; `null`: not checked. */
  readonly kinds: ReadonlySet<string> | null;
  /** Artifact types that the server knows, plugins' included; `null`: not checked. */
  readonly types: ReadonlySet<string> | null;
}

export function validateOperation(
  operation: Operation,
  context: OperationContext,
  path = "",
): Issues["found"] {
  const issues = new Issues();
  const name = operation.name;
  if (!OPERATION_NAME.test(name)) {
    issues.add(`${path}/name`, "bad_name", { name, noun: "operation" });
  }
  if (operation.team && !TEAM.test(operation.team)) {
    issues.add(`${path}/team`, "bad_name", { name: operation.team, noun: "team" });
  }
  if (operation.version < 1) {
    issues.add(`${path}/version`, "invalid_value", { field: "version", value: operation.version });
  }
  checkKind(issues, operation, path, context);
  checkPorts(issues, operation, path, context);
  checkParameters(issues, operation.parameters, `${path}/parameters`);
  checkLimits(issues, operation, path);
  checkEnvironment(issues, operation, path);
  return issues.found;
}

function checkKind(issues: Issues, operation: Operation, path: string, { kinds }: OperationContext): void {
  const { kind, name, cmd } = operation;
  if (kinds && !kinds.has(kind)) {
    issues.add(`${path}/kind`, "unknown_kind", { name, kind });
  }
  if (WITH_CMD.has(kind) && cmd.trim() === "") {
    issues.add(`${path}/cmd`, "missing_cmd", { name });
  }
  if (cmd.includes("\0")) {
    issues.add(`${path}/cmd`, "invalid_value", { name, field: "cmd" });
  }
  if (kind === FILE_KIND) {
    checkFile(issues, operation, path);
  } else if (operation.artifact !== null) {
    issues.add(`${path}/artifact`, "invalid_value", { name, field: "artifact" });
  }
}

function checkFile(issues: Issues, { name, artifact, inputs, outputs }: Operation, path: string): void {
  if (artifact === null) {
    issues.add(`${path}/artifact`, "missing_artifact", { name });
  } else if (!DIGEST.test(artifact.digest)) {
    issues.add(`${path}/artifact/digest`, "invalid_value", { name, field: "digest", value: artifact.digest });
  }
  if (inputs.length > 0) {
    issues.add(`${path}/inputs`, "invalid_value", { name, field: "inputs" });
  }
  if (outputs.length !== 1) {
    issues.add(`${path}/outputs`, "invalid_value", { name, field: "outputs", value: outputs.length });
  }
}

function checkPorts(issues: Issues, operation: Operation, path: string, context: OperationContext): void {
  const known = (type: string) => context.types?.has(type) ?? true;
  checkNames(issues, operation.inputs, `${path}/inputs`, "input");
  checkNames(issues, operation.outputs, `${path}/outputs`, "output");
  operation.inputs.forEach((port, index) => {
    const where = `${path}/inputs/${index}`;
    checkCount(issues, port, where);
    if (port.types.length === 0) {
      issues.add(`${where}/types`, "unknown_type", { name: port.name, type: "" });
    }
    port.types.forEach((type, position) => {
      if (!known(type)) {
        issues.add(`${where}/types/${position}`, "unknown_type", { name: port.name, type });
      }
    });
  });
  operation.outputs.forEach(({ name, type }, index) => {
    if (!known(type)) {
      issues.add(`${path}/outputs/${index}/type`, "unknown_type", { name, type });
    }
  });
}

function checkCount(issues: Issues, { name, min, max }: Input, where: string): void {
  if (min < 0) {
    issues.add(`${where}/min`, "invalid_range", { name, min });
  } else if (max === 0 || (max > 0 && max < min)) {
    issues.add(`${where}/max`, "invalid_range", { name, min, max });
  }
}

function checkLimits(issues: Issues, operation: Operation, path: string): void {
  const check = (field: string, value: string | number, fits: boolean) => {
    if (!fits) {
      issues.add(`${path}/${field}`, "invalid_value", { name: operation.name, field, value });
    }
  };
  const { _timeout: timeout, retries, retry_delay: delay, pool, resources } = operation;
  check("_timeout", timeout, timeout > 0 && timeout <= LONGEST_TIMEOUT_MINUTES);
  check("retries", retries, retries >= 0 && retries <= MOST_RETRIES);
  check("retry_delay", delay, Number.isFinite(delay) && delay >= 0);
  for (const code of operation.retry_on) {
    check("retry_on", code, code >= 1 && code <= 255);
  }
  check("pool", pool, pool === "" || POOL.test(pool));
  const { cpu, memory, gpu } = resources;
  const enough = Number.isFinite(cpu) && cpu >= 0 && memory >= 0 && gpu >= 0;
  check("resources", `${cpu}, ${memory}, ${gpu}`, enough);
}

function checkEnvironment(issues: Issues, { name, environment, env }: Operation, path: string): void {
  environment.requirements.forEach((line, index) => {
    if (!REQUIREMENT.test(line)) {
      const where = `${path}/environment/requirements/${index}`;
      issues.add(where, "invalid_value", { name, field: "requirements", value: line });
    }
  });
  for (const [variable, value] of Object.entries(env)) {
    const where = path + pointer("env", variable);
    if (!NAME.test(variable) || variable.startsWith(RESERVED_VARIABLES)) {
      issues.add(where, "bad_name", { name: variable, noun: "variable" });
    }
    if (value.includes("\0")) {
      issues.add(where, "invalid_value", { name, field: variable });
    }
  }
}
