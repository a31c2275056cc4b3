import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const SHARED = /node_modules\/(@mantine|@tanstack|@floating-ui|@tabler)\/|src\/(api|parts)\/(?!chart)/;

// Assets are found relative to <base href>, which the server may rewrite for a URL prefix.
// `npm run dev` passes the API on to a server that runs already.
export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    sourcemap: false,
    cssCodeSplit: false,
    chunkSizeWarningLimit: 700,
    // What several pages share travels as one file: a first load has few requests. The charts stay apart.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: "shared", test: SHARED, minShareCount: 2 }],
        },
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:4180" } },
});
