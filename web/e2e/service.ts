import { execFileSync, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const PATIENCE = 180_000;

/** Starts `wayfare demo` in a fresh data directory and waits for the address that it prints. */
export default async function startService(): Promise<() => Promise<void>> {
  const binary = process.env.WAYFARE_BIN ?? path.resolve(HERE, "../../target/debug/wayfare");
  const parent = await mkdtemp(path.join(tmpdir(), "wayfare-e2e-"));
  // Secrets of webhook endpoints are kept under these; receivers of the tests are on this machine.
  const keys = path.join(parent, "keys");
  execFileSync(binary, ["vault", "new", keys]);
  await mkdir(path.join(parent, "exports"));
  const service = spawn(binary, ["demo", "--data", path.join(parent, "data"), "--listen", "127.0.0.1:0"], {
    cwd: path.resolve(HERE, "../.."),
    env: {
      ...process.env,
      WAYFARE_VAULT_KEYS: keys,
      WAYFARE_ALLOW_PRIVATE_HOOKS: "true",
      WAYFARE_HOOK_RETRY_SECONDS: "1",
      WAYFARE_DESTINATION_FOLDER_ROOT: path.join(parent, "exports"),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Where the tests of destinations may write.
  process.env.WAYFARE_EXPORTS = path.join(parent, "exports");
  let said = "";
  process.env.WAYFARE_URL = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${binary} printed no address in time:\n${said}`)), PATIENCE);
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (!address) return;
      clearTimeout(timer);
      resolve(address[0]);
    };
    service.stdout.on("data", listen);
    service.stderr.on("data", listen);
    service.on("error", reject);
    service.on("exit", (code) => reject(new Error(`${binary} ended with ${code ?? "a signal"}:\n${said}`)));
  });
  return async () => {
    const ended = new Promise((resolve) => service.once("exit", resolve));
    service.kill("SIGTERM");
    await ended;
    await rm(parent, { recursive: true, force: true });
  };
}
