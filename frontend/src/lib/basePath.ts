/** Where the application is mounted. The server writes it into the page; it is '' at the root, never ends in '/'. */

export const basePath: string =
  document
    .querySelector<HTMLMetaElement>('meta[name="sf-base-path"]')
    ?.content.replace(/\/+$/u, '') ?? '';

export function roomLink(slug: string): string {
  return `${location.origin}${basePath}/room/${encodeURIComponent(slug)}`;
}
