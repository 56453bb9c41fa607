import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { pruneStyles } from "./pruneStyles";

const api = process.env.PLYNX_API ?? "http://127.0.0.1:8470";
const forwarded = ["/api", "/login", "/logout", "/ws", "/openapi.json"];

export default defineConfig({
  plugins: [react(), pruneStyles()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: process.env.PLYNX_WEB_OUT ?? "python/plynx_web/static",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        // Each request costs half a kilobyte of headers, and time. Without own modules, whose styles stay with index.html.
        codeSplitting: {
          groups: [
            { name: "first", tags: ["$initial"], test: /node_modules.*\.m?js$/ },
            { name: "icons", test: /@tabler/, minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: {
    // `npm run dev` beside a running platform: the browser sees one origin.
    proxy: Object.fromEntries(forwarded.map((path) => [path, { target: api, ws: path === "/ws" }])),
  },
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    coverage: {
      include: ["src/graph/**"],
      thresholds: {
        perFile: true,
        "src/graph/commands.ts": { 100: true },
        "src/graph/commands/**": { 100: true },
        "src/graph/history.ts": { 100: true },
      },
    },
  },
});
