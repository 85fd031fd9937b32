/**
 * Prepares index.html for a server that knows its nonce and base path only at run time:
 * `{{csp_nonce}}` and `{{base_path}}` are replaced per response by the Python server, and by this plugin
 * in the development server. It also preloads the Latin font, so that the first text is not drawn twice.
 */
import type { Plugin } from 'vite';

export const BASE_PATH = '{{base_path}}';
export const CSP_NONCE = '{{csp_nonce}}';

const FONT = /inter-latin-wght-normal.*\.woff2$/;

export function servedPage(): Plugin {
  let serving = false;
  return {
    name: 'streamforge:served-page',
    configResolved(config) {
      serving = config.command === 'serve';
    },
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        if (serving) return html.replaceAll(BASE_PATH, '').replaceAll(CSP_NONCE, '');
        const font = Object.keys(bundle ?? {}).find((name) => FONT.test(name));
        if (font === undefined) return html;
        const attrs = {
          rel: 'preload',
          as: 'font',
          type: 'font/woff2',
          crossorigin: '',
          href: `${BASE_PATH}/${font}`,
        };
        return { html, tags: [{ tag: 'link', attrs, injectTo: 'head-prepend' }] };
      },
    },
  };
}
