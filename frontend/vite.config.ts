/** Build of the web UI: hashed assets, relative chunk URLs, and a page whose nonce and base path are placeholders. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { icuMessages } from './build/messages.ts';
import { BASE_PATH, CSP_NONCE, servedPage } from './build/page.ts';

const api = process.env['STREAMFORGE_DEV_SERVER'] ?? 'http://127.0.0.1:3000';

export default defineConfig(({ command }) => ({
  plugins: [icuMessages(), react(), servedPage()],
  html: command === 'build' ? { cspNonce: CSP_NONCE } : {},
  experimental: {
    // The base path is known to the server only: the page gets a placeholder, everything else is relative.
    renderBuiltUrl: (filename, { hostType }) =>
      hostType === 'html' ? `${BASE_PATH}/${filename}` : { relative: true },
  },
  build: {
    outDir: '../backend/streamforge/web/ui',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { '/api': api, '/socket.io': { target: api, ws: true } },
  },
  test: {
    environment: 'happy-dom',
    include: ['tests/**/*.test.{ts,tsx}'],
    setupFiles: ['tests/setup.ts'],
    restoreMocks: true,
  },
}));
