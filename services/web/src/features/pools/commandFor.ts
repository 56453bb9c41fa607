import type { PoolTokenView } from "@/api/schema";

/** For a shell; the two addresses are known to who runs the platform, not to us. */
export function commandFor({ worker, pools, token }: PoolTokenView): string {
  const settings = {
    PLYNX_BUS_URL: "'amqps://…'",
    PLYNX_TRANSFER_URL: "'https://…'",
    PLYNX_WORKER_NAME: worker,
    PLYNX_WORKER_POOLS: pools.join(","),
    PLYNX_WORKER_TOKEN: token,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value} \\`);
  return [...lines, "plynx worker"].join("\n");
}
