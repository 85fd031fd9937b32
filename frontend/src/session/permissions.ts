/** What the browser would answer if asked for a device. Firefox and Safari may not say: then it is `unknown`. */

export type Permission = 'granted' | 'denied' | 'prompt' | 'unknown';

export async function devicePermission(name: 'microphone' | 'camera'): Promise<Permission> {
  try {
    // Both names are in the W3C registry but not yet in TypeScript's list.
    const status = await navigator.permissions.query({ name: name as PermissionName });
    return status.state;
  } catch {
    return 'unknown';
  }
}

/** Calls back when somebody changes the permission in the browser's own dialog. */
export function onPermissionChange(name: 'microphone' | 'camera', listener: () => void): () => void {
  let stop = () => undefined as void;
  let isStopped = false;
  void navigator.permissions?.query({ name: name as PermissionName }).then(
    (status) => {
      if (isStopped) return;
      status.addEventListener('change', listener);
      stop = () => status.removeEventListener('change', listener);
    },
    () => undefined,
  );
  return () => {
    isStopped = true;
    stop();
  };
}
