/** What the browser would answer if asked for a device. Firefox and Safari may not say: then it is `unknown`. */

export type Permission = 'granted' | 'denied' | 'prompt' | 'unknown';

export async function devicePermission(name: 'microphone' | 'camera'): Promise<Permission> {
  try {
    const status = await navigator.permissions.query({ name });
    return status.state;
  } catch {
    return 'unknown';
  }
}

/** Calls back when somebody changes the permission in the browser's own dialog. */
export function onPermissionChange(
  name: 'microphone' | 'camera',
  listener: () => void,
): () => void {
  let stop: () => void = () => undefined;
  let isStopped = false;
  // Not on insecure pages, whatever the types say.
  const permissions = navigator.permissions as Permissions | undefined;
  void permissions?.query({ name }).then(
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
