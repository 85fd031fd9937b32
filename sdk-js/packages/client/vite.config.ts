/** Tests, and the build of `dist` for those who do not bundle from source. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  build: {
    target: 'es2022',
    lib: {
      entry: {
        index: 'src/index.ts',
        devices: 'src/devices.ts',
        testing: 'src/testing/index.ts',
      },
      formats: ['es'],
    },
    rolldownOptions: { external: ['socket.io-client'] },
  },
  test: { environment: 'node', include: ['tests/**/*.test.ts'], restoreMocks: true },
});
