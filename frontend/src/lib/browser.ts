/** Which browser's words to use when explaining where its permission button is. Says nothing about capabilities. */

export type BrowserFamily =
  'chrome' | 'edge' | 'firefox' | 'safari' | 'safari-ios' | 'android' | 'other';

export function browserFamily(userAgent: string = navigator.userAgent): BrowserFamily {
  if (/iphone|ipad/iu.test(userAgent)) return 'safari-ios';
  if (/android/iu.test(userAgent)) return 'android';
  if (/edg\//iu.test(userAgent)) return 'edge';
  if (/firefox\//iu.test(userAgent)) return 'firefox';
  if (/chrom(?:e|ium)\//iu.test(userAgent)) return 'chrome';
  if (/safari\//iu.test(userAgent)) return 'safari';
  return 'other';
}
