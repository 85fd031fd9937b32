// House rules as code. Every rule that bans something names what to use instead.
import eslint from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const typescript = ['**/*.ts', '**/*.tsx'];
const frontend = ['frontend/src/**/*.ts', 'frontend/src/**/*.tsx'];
const tests = ['**/*.test.ts', '**/*.test.tsx', '**/tests/**'];

/** Visible text belongs into the catalogue: a letter inside JSX is text that nobody can translate. */
const literalText = [
  {
    selector: 'JSXText[value=/\\p{L}/u]',
    message: 'Visible text comes from the catalogue (i18n), never from the component.',
  },
  {
    selector:
      'JSXAttribute[name.name=/^(aria-label|alt|title|placeholder|label)$/] > Literal[value=/\\p{L}/u]',
    message: 'Accessible names come from the catalogue (i18n), never from the component.',
  },
];

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      '**/dist/**',
      '**/target/**',
      '.venv/**',
      'backend/**',
      'e2e/.cache/**',
      'e2e/results/**',
    ],
  },
  eslint.configs.recommended,
  {
    files: typescript,
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-console': ['error', { allow: ['warn', 'error'] }],
    },
  },
  {
    // A component's function holds its markup, which is read as a tree and not as steps.
    files: ['**/*.tsx'],
    rules: {
      'max-lines-per-function': ['error', { max: 120, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: tests,
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: frontend,
    plugins: { boundaries, 'react-hooks': reactHooks },
    extends: [jsxA11y.flatConfigs.recommended],
    languageOptions: { globals: globals.browser },
    settings: {
      'import/resolver': { typescript: { project: 'frontend/tsconfig.json' } },
      'boundaries/include': ['frontend/src/**/*'],
      'boundaries/elements': [
        { type: 'app', pattern: 'frontend/src/app' },
        { type: 'feature', pattern: 'frontend/src/features/*', capture: ['name'] },
        { type: 'session', pattern: 'frontend/src/session' },
        { type: 'layout', pattern: 'frontend/src/layout' },
        { type: 'ui', pattern: 'frontend/src/ui' },
        { type: 'i18n', pattern: 'frontend/src/i18n' },
        { type: 'lib', pattern: 'frontend/src/lib' },
      ],
    },
    rules: {
      ...reactHooks.configs.recommended.rules,
      // A list that scrolls must be reachable by keyboard (axe: scrollable-region-focusable).
      'jsx-a11y/no-noninteractive-tabindex': [
        'error',
        { tags: [], roles: ['tabpanel', 'log', 'region', 'list'], allowExpressionValues: true },
      ],
      'boundaries/element-types': [
        'error',
        {
          default: 'disallow',
          message: '${file.type} must not import ${dependency.type}: imports point down',
          rules: [
            {
              from: 'app',
              allow: ['app', 'feature', 'session', 'layout', 'ui', 'i18n', 'lib'],
            },
            {
              from: 'feature',
              allow: [
                ['feature', { name: '${from.name}' }],
                'session',
                'layout',
                'ui',
                'i18n',
                'lib',
              ],
            },
            { from: 'session', allow: ['session', 'i18n', 'lib'] },
            { from: 'layout', allow: ['layout', 'lib'] },
            { from: 'ui', allow: ['ui', 'i18n', 'lib'] },
            { from: 'i18n', allow: ['i18n', 'lib'] },
            { from: 'lib', allow: ['lib'] },
          ],
        },
      ],
      'no-restricted-syntax': ['error', ...literalText],
    },
  },
  {
    // Only session/ knows the SDK; everything else asks session/ (its types included).
    files: frontend,
    ignores: ['frontend/src/session/**', 'frontend/src/gallery/**', ...tests],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@streamforge/client', '@streamforge/client/*', 'socket.io-client'],
              message: 'Only session/ imports the SDK.',
            },
          ],
        },
      ],
    },
  },
  {
    // A gallery is a workshop page that never ships.
    files: ['frontend/src/gallery/**'],
    rules: { 'no-restricted-syntax': 'off', 'max-lines-per-function': 'off' },
  },
  {
    files: ['e2e/**/*.ts'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: {
      'max-lines-per-function': 'off',
      // Measured figures are printed.
      'no-console': 'off',
      // Playwright reads a fixture's needs from its first parameter's pattern.
      'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.property.name='waitForTimeout']",
          message: 'No fixed sleeps: wait for a condition (expect.poll, waitForFunction).',
        },
      ],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@streamforge/*', '**/frontend/**', '**/sdk-js/**'],
              message: 'End-to-end tests see the product only from outside.',
            },
          ],
        },
      ],
    },
  },
  {
    // Who builds on the SDK stands outside, too.
    files: ['e2e/headless/page.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
);
