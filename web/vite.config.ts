import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds the API; start the service there first. */
const service = process.env.WAYFARE_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    chunkSizeWarningLimit: 1200,
    // The first browsers that know light-dark(), which the colours of both schemes are written in.
    target: ["chrome123", "edge123", "firefox120", "safari17.5"],
  },
  server: {
    proxy: {
      // The service checks that Origin matches Host, so both are rewritten to its own address.
      "/api": { target: service, changeOrigin: true, headers: { origin: service } },
      "/download": { target: service, changeOrigin: true },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
